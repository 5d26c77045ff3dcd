import type { FeedEvent } from "../../ingest/feed/feed-event.ts";
import { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import { describedTopology } from "../../inspector/topology-formats.ts";
import type { Clock } from "../../record/clock.ts";
import { ClientStates } from "../../runtime/client-state.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { ThreadState } from "../../runtime/thread-state.ts";
import type { Told } from "../sentence-tail.ts";
import type { Session } from "../session.ts";
import type { EventPlace } from "./events/event-rows.ts";
import { LakeEvents } from "./events/lake-events.ts";
import { MartEvents } from "./events/mart-events.ts";
import { FeedMetrics } from "./feed-metrics.ts";
import { InspectedProcess } from "./inspected-process.ts";
import { MartWatch } from "./mart-watch.ts";
import { type InspectorSettings, type OpenInspector, openInspector } from "./open-inspector.ts";
import { replicaName } from "./replica-name.ts";
import { ThreadQuestions } from "./thread-questions.ts";
import { ThreadReporter } from "./thread-reporter.ts";
import { toldSentence } from "./told-sentence.ts";

/** Its only stream thread is the main one. */
const THREAD = "main";

export interface StartInspectorOptions {
  readonly settings: InspectorSettings;
  readonly application: string;
  readonly version: string;
  /** The feeds that are followed. */
  readonly streams: readonly string[];
  /** The server that the mart is on; null: it is embedded, or there is none. */
  readonly martUrl: string | null;
  readonly complain: (message: string) => void;
}

/** The inspector of a `start`: what its parts tell, and the server that tells it on. */
export class StartInspector {
  readonly #reporter: ThreadReporter;
  readonly #feed: FeedMetrics;
  /** Empty, until everything is open. */
  readonly #places: EventPlace[];
  readonly #questions: ThreadQuestions;
  readonly #inspected: InspectedProcess;
  readonly #states: ClientStates;
  readonly #server: OpenInspector | null;
  readonly #registry: MetricRegistry;
  readonly #clock: Clock;
  readonly #ended = new AbortController();
  #state: ThreadState = "CREATED";

  private constructor(
    parts: {
      readonly reporter: ThreadReporter;
      readonly feed: FeedMetrics;
      readonly places: EventPlace[];
      readonly questions: ThreadQuestions;
      readonly registry: MetricRegistry;
      readonly clock: Clock;
    },
    inspected: InspectedProcess,
    server: OpenInspector | null,
  ) {
    this.#reporter = parts.reporter;
    this.#feed = parts.feed;
    this.#places = parts.places;
    this.#questions = parts.questions;
    this.#registry = parts.registry;
    this.#clock = parts.clock;
    this.#inspected = inspected;
    this.#server = server;
    this.#states = new ClientStates(1, (_from, to) => inspected.is(to));
  }

  /** Listens. @throws ConfigError when it cannot. */
  static async open(options: StartInspectorOptions, clock: Clock): Promise<StartInspector> {
    const { settings, application, version, streams, martUrl: goldUrl, complain } = options;
    const registry = new MetricRegistry("start");
    const inspected = new InspectedProcess({
      ...{ application, version, registry, refresh: () => {} },
      replica: replicaName(null),
      hasKafkaNames: settings["inspector.metrics.kafka-streams-names"],
    });
    const places: EventPlace[] = [];
    const server = await openInspector(inspected, settings, {
      ...{ clock, goldUrl, complain },
      places: () => places,
    });
    const parts = {
      reporter: new ThreadReporter(clock, THREAD),
      feed: new FeedMetrics(registry, streams),
      ...{ places, registry, clock },
      questions: new ThreadQuestions(clock),
    };
    return new StartInspector(parts, inspected, server);
  }

  /** null: nobody listens. */
  get url(): string | null {
    return this.#server?.url ?? null;
  }

  take(event: RuntimeEvent): void {
    this.#reporter.take(event);
    if (event.kind !== "thread-state") return;
    this.#state = event.to;
    if (event.to === "RUNNING") this.#states.thread(0, "running");
  }

  takeFeed(event: FeedEvent): void {
    this.#feed.take(event);
  }

  tell(told: readonly Told[]): void {
    this.#server?.sentences.tell(told.map(toldSentence));
  }

  /** Everything is open; the tasks run from now on. `folder`: of the tables. */
  runs(
    { application: { topology }, thread, log, generation, mart }: Session,
    folder: string,
  ): void {
    this.#reporter.attach(topology, thread);
    this.#questions.attach({ topology, thread, log, generation });
    if (mart !== null) this.#places.push(new MartEvents((question) => mart.ask(question)));
    if (mart !== null && !mart.isEmbedded) {
      const watch = new MartWatch((question) => mart.ask(question), this.#registry, this.#clock);
      this.#inspected.watches(watch);
      void watch.run(this.#ended.signal);
    }
    this.#places.push(new LakeEvents(folder));
    this.#inspected.opened(describedTopology(topology));
    const state = () => this.#state;
    const reporter = this.#reporter;
    const questions = this.#questions;
    this.#inspected.runs([
      {
        name: THREAD,
        get state() {
          return state();
        },
        report: () => reporter.report(),
        ask: (question) => questions.answer(question),
      },
    ]);
  }

  /** What is at hand is finished, and nothing more begun. */
  stopping(): void {
    this.#states.stop();
  }

  async close(): Promise<void> {
    this.#ended.abort();
    this.#reporter.close();
    await this.#server?.close();
  }
}
