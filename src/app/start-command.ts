import { setTimeout as sleep } from "node:timers/promises";
import { stampOf } from "../gdelt/feeds.ts";
import type { Clock } from "../record/clock.ts";
import type { RuntimeEvent } from "../runtime/task-config.ts";
import { SILVER_TOPICS } from "../silver/silver-topology.ts";
import { claimFolder, workFolder } from "./data-folder.ts";
import { FeedView } from "./feed-view.ts";
import { openFollower } from "./follow-feed.ts";
import { startInspectorSettings } from "./inspector/open-inspector.ts";
import { replicaName } from "./inspector/replica-name.ts";
import { StartInspector } from "./inspector/start-inspector.ts";
import { LivePipeline } from "./live-pipeline.ts";
import { LiveView } from "./live-view.ts";
import { APPLICATION, feedsFor } from "./publishing.ts";
import { SentenceTail } from "./sentence-tail.ts";
import { openSession, type Session } from "./session.ts";
import { SimulatorProcess } from "./simulator-process.ts";
import { parseStart, type StartOptions } from "./start-options.ts";
import { summaryOf } from "./start-summary.ts";
import { stopSignal } from "./stop-signal.ts";
import { FeedSpans } from "./tracing/feed-spans.ts";
import { openSpans } from "./tracing/open-spans.ts";
import type { SpanExporter } from "./tracing/span-exporter.ts";
import { ThreadTracing } from "./tracing/thread-tracing.ts";
import { keepSession } from "./upkeep/keep-session.ts";
import { version } from "./version.ts";

const MIB = 1024 * 1024;

/** How often the view is drawn anew, and how many sentences it takes at once. */
const VIEW_MS = 1000;
const SENTENCES_MAX = 4;

/** How many of them whoever looks at the page is told. */
const TOLD_MAX = 40;

/** At the pace of a feed: a slice is committed when it closes, and readable seconds later. */
const COMMITS = {
  closedMs: 0,
  intervalMs: 1000,
  outputBytesMax: 64 * MIB,
  tableBytesMax: 32 * MIB,
  tableIntervalMs: 2000,
} as const;

/** The local disk is back within seconds or never; a table elsewhere may take its time. */
const RETRIES = {
  taskAttemptsMax: 8,
  tableAttemptsMax: Number.POSITIVE_INFINITY,
  waitMs: 100,
  waitMsMax: 10_000,
  wait: (ms: number) => sleep(ms),
};

/** `gdelt-streams start`: feed, joins and tables in one process tree, until it is stopped. */
export async function start(args: string[], clock: Clock): Promise<number> {
  const options = parseStart(args);
  const { data } = options;
  const { partitions, translation } = options.feed;
  await claimFolder(data, { feed: options.feedName, partitions, translation });
  const stop = stopSignal("this slice");
  const view = new LiveView(options.json ? process.stderr : process.stdout, data);
  const inspector = await openInspector(options, clock, (line) => view.say(line));
  if (inspector.url !== null) view.say(`inspector at ${inspector.url}`);
  stop.addEventListener("abort", () => inspector.stopping());
  const spans = await openTraces(options, (line) => view.say(line));
  const tracing = spans && new ThreadTracing(spans, clock);
  try {
    const session = await openLive(options, clock, (event) => {
      inspector.take(event);
      tracing?.take(event);
      if (event.kind === "commit-failed") view.say(`${event.task}: ${event.cause}; again soon`);
    });
    try {
      inspector.runs(session, data);
      tracing?.attach({ topology: session.application.topology, generation: session.generation });
      const { simulator } = options;
      const server = simulator && (await startSimulator(simulator, session, data));
      try {
        await run({ options, session, server, view, clock, stop, inspector, spans });
      } finally {
        await server?.stop();
      }
    } finally {
      await session.close();
    }
  } finally {
    await inspector.close();
    await spans?.close();
  }
  return 0;
}

const openTraces = async ({ feed }: StartOptions, complain: (message: string) => void) =>
  openSpans(
    feed.otlpEndpoint,
    { application: APPLICATION, version: await version(), replica: replicaName(null) },
    complain,
  );

const openInspector = async (
  { inspector: address, feed: { translation }, mart }: StartOptions,
  clock: Clock,
  complain: (message: string) => void,
): Promise<StartInspector> =>
  StartInspector.open(
    {
      settings: startInspectorSettings(address),
      complain,
      martUrl: mart?.kind === "postgres" ? mart.url : null,
      application: APPLICATION,
      version: await version(),
      streams: feedsFor(translation),
    },
    clock,
  );

const openLive = (
  { data, feed: { translation, partitions, retentionMs }, mart }: StartOptions,
  clock: Clock,
  onEvent: (event: RuntimeEvent) => void,
): Promise<Session> =>
  openSession(
    {
      folder: data,
      tables: null,
      checkpoints: null,
      application: null,
      kafka: null,
      feeds: feedsFor(translation),
      partitions,
      retentionMs,
      bronze: true,
      mart,
      commit: COMMITS,
      retry: RETRIES,
      onEvent,
    },
    clock,
  );

/** It goes on after the slice that was published last: what it served before is the same again. */
function startSimulator(
  args: readonly string[],
  { publisher }: Session,
  data: string,
): Promise<SimulatorProcess> {
  const { newestMs } = publisher.published;
  const resume = Number.isFinite(newestMs) ? ["--resume-after", stampOf(newestMs)] : [];
  return SimulatorProcess.start([...args, ...resume, "--folder", `${workFolder(data)}/simulator`]);
}

interface Running {
  readonly options: StartOptions;
  readonly session: Session;
  readonly server: SimulatorProcess | null;
  readonly view: LiveView;
  readonly clock: Clock;
  readonly stop: AbortSignal;
  readonly inspector: StartInspector;
  /** null: nobody wants them. */
  readonly spans: SpanExporter | null;
}

async function run(running: Running): Promise<void> {
  const { options, session, server, view, clock, stop, inspector, spans } = running;
  const feedSpans = spans && new FeedSpans(clock, (span) => spans.add(span));
  const pipeline = new LivePipeline(session, clock);
  const tail = await SentenceTail.open(session.log, SILVER_TOPICS.events);
  const feedView = new FeedView((line) => view.say(line), clock);
  const feed = server && {
    ...options.feed,
    source: { kind: "http", baseUrl: server.url } as const,
  };
  const userAgent = `gdelt-streams/${await version()} (+npm:gdelt-streams)`;
  const follower = await openFollower(
    session.log,
    feed ?? options.feed,
    clock,
    userAgent,
    (event) => {
      pipeline.take(event);
      inspector.takeFeed(event);
      feedSpans?.take(event);
      feedView.show(event);
    },
  );
  let firstSentenceSeconds: number | null = null;
  const show = async () => {
    const told = await tail.next(TOLD_MAX);
    inspector.tell(told);
    const status = await pipeline.status();
    if (told.length > 0) firstSentenceSeconds ??= status.seconds;
    view.show(status, told.slice(0, SENTENCES_MAX));
    return status;
  };
  const ended = new AbortController();
  const time = options.forMs === null ? [] : [AbortSignal.timeout(options.forMs)];
  const working = pipeline
    .run(follower, AbortSignal.any([stop, ...time]))
    .finally(() => ended.abort());
  await Promise.all([
    server ? Promise.race([working, server.whileItRuns()]) : working,
    every(VIEW_MS, ended.signal, show),
    keepSession(options, session, { say: (line) => view.say(line.message), clock }, ended.signal),
  ]);
  const status = await show();
  if (!options.json) return view.end(status);
  const summary = summaryOf(status, firstSentenceSeconds, stop.aborted);
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

async function every(ms: number, stop: AbortSignal, work: () => Promise<unknown>): Promise<void> {
  while (!stop.aborted) {
    await work();
    await sleep(ms, undefined, { signal: stop }).catch(() => {});
  }
}
