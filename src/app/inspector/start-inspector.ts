import type { FeedEvent } from "../../ingest/feed/feed-event.ts";
import { InspectorServer } from "../../inspector/http/inspector-server.ts";
import type { ListenAddress } from "../../inspector/http/listen-address.ts";
import { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import { describedTopology } from "../../inspector/topology-formats.ts";
import type { Clock } from "../../record/clock.ts";
import { ClientStates } from "../../runtime/client-state.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { ThreadState } from "../../runtime/thread-state.ts";
import type { Told } from "../sentence-tail.ts";
import type { Session } from "../session.ts";
import { FeedMetrics } from "./feed-metrics.ts";
import { InspectedProcess } from "./inspected-process.ts";
import { ThreadReporter } from "./thread-reporter.ts";
import { toldSentence } from "./told-sentence.ts";

/** Its only stream thread is the main one. */
const THREAD = "main";

export interface StartInspectorOptions {
  readonly address: ListenAddress | "off";
  readonly token: string | null;
  readonly application: string;
  readonly version: string;
  /** The feeds that are followed. */
  readonly streams: readonly string[];
}

/** The inspector of a `start`: what its parts tell, and the server that tells it on. */
export class StartInspector {
  readonly #reporter: ThreadReporter;
  readonly #feed: FeedMetrics;
  readonly #inspected: InspectedProcess;
  readonly #states: ClientStates;
  readonly #server: InspectorServer | null;
  #state: ThreadState = "CREATED";

  private constructor(
    parts: { readonly reporter: ThreadReporter; readonly feed: FeedMetrics },
    inspected: InspectedProcess,
    server: InspectorServer | null,
  ) {
    this.#reporter = parts.reporter;
    this.#feed = parts.feed;
    this.#inspected = inspected;
    this.#server = server;
    this.#states = new ClientStates(1, (_from, to) => inspected.is(to));
  }

  /** Listens. @throws ConfigError when it cannot. */
  static async open(options: StartInspectorOptions, clock: Clock): Promise<StartInspector> {
    const { address, token, application, version, streams } = options;
    const registry = new MetricRegistry("start");
    const inspected = new InspectedProcess({ application, version, registry, refresh: () => {} });
    const server =
      address === "off" ? null : await InspectorServer.open(inspected, { address, token, clock });
    const parts = {
      reporter: new ThreadReporter(clock, THREAD),
      feed: new FeedMetrics(registry, streams),
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

  /** Everything is open; the tasks run from now on. */
  runs({ application: { topology }, thread }: Session): void {
    this.#reporter.attach(topology, thread);
    this.#inspected.opened(describedTopology(topology));
    const state = () => this.#state;
    const reporter = this.#reporter;
    this.#inspected.runs([
      {
        name: THREAD,
        get state() {
          return state();
        },
        report: () => reporter.report(),
      },
    ]);
  }

  /** What is at hand is finished, and nothing more begun. */
  stopping(): void {
    this.#states.stop();
  }

  async close(): Promise<void> {
    this.#reporter.close();
    await this.#server?.close();
  }
}
