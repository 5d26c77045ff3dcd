import { parseStamp } from "../gdelt/feeds.ts";
import type { FeedEvent } from "../ingest/feed/feed-event.ts";
import type { Clock } from "../record/clock.ts";
import { traceIdOf } from "../record/trace.ts";
import { parseFeedOptions } from "./feed-options.ts";
import { FeedTotals } from "./feed-summary.ts";
import { describeFeed, FeedView } from "./feed-view.ts";
import { openFollower } from "./follow-feed.ts";
import { FeedInspector } from "./inspector/feed-inspector.ts";
import { replicaName } from "./inspector/replica-name.ts";
import { openLog } from "./log-place.ts";
import { feedsFor } from "./publishing.ts";
import { stopSignal } from "./stop-signal.ts";
import { FeedSpans } from "./tracing/feed-spans.ts";
import { openSpans } from "./tracing/open-spans.ts";
import { version } from "./version.ts";

/** Follows a feed and publishes into the embedded log below `--data`, or into Kafka; the exit code. */
export async function runFeed(args: string[], clock: Clock): Promise<number> {
  const options = parseFeedOptions(args, process.env);
  const stop = stopSignal("this slice");
  const totals = new FeedTotals();
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const view = new FeedView(say, clock);
  const inspector = await FeedInspector.open(
    {
      address: options.inspector,
      application: options.application,
      version: await version(),
      streams: feedsFor(options.translation),
      complain: (message) => say(message),
    },
    clock,
  );
  if (inspector.url !== null) say(`inspector at ${inspector.url}`);
  const exporter = openSpans(
    options.otlpEndpoint,
    {
      application: options.application,
      version: await version(),
      replica: replicaName(null),
    },
    say,
  );
  const spans = exporter && new FeedSpans(clock, (span) => exporter.add(span));
  const onEvent = (event: FeedEvent) => {
    totals.add(event);
    inspector.take(event);
    spans?.take(event);
    if (options.json) process.stdout.write(`${JSON.stringify({ ...event, ...traceOf(event) })}\n`);
    else view.show(event);
  };
  const startedMs = clock.nowMs();
  const userAgent = `gdelt-streams/${await version()} (+npm:gdelt-streams)`;
  try {
    const log = await openLog(options.log, clock);
    try {
      const follower = await openFollower(log, options, clock, userAgent, onEvent);
      inspector.runs();
      await follower.run(stop);
    } finally {
      await log.close();
    }
  } finally {
    await inspector.close();
    await exporter?.close();
  }
  const summary = totals.summary((clock.nowMs() - startedMs) / 1000, stop.aborted);
  process.stdout.write(
    options.json ? `${JSON.stringify({ kind: "summary", ...summary })}\n` : describeFeed(summary),
  );
  return stop.aborted ? 130 : 0;
}

/** In whose trace it is told; nothing where it is of no slice. */
const traceOf = (event: FeedEvent) =>
  "slice" in event ? { trace: traceIdOf(parseStamp(event.slice)!) } : {};
