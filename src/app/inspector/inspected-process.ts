import { setTimeout as sleep } from "node:timers/promises";
import type {
  Inspected,
  InspectedThread,
  OpenTopology,
  Readiness,
} from "../../inspector/inspected.ts";
import { withKafkaNames } from "../../inspector/metrics/kafka-names.ts";
import type { MetricRegistry, MetricSnapshot } from "../../inspector/metrics/metric-registry.ts";
import type { Problem } from "../../inspector/problem.ts";
import type { ThreadReport } from "../../inspector/thread-report.ts";
import { CLIENT_STATES, type ClientState } from "../../runtime/client-state.ts";
import { THREAD_STATES, type ThreadState } from "../../runtime/thread-state.ts";
import type { MartWatch } from "./mart-watch.ts";
import type { ThreadAnswers, ThreadQuestion } from "./thread-questions.ts";

/** A stream thread of this process, wherever it runs. */
export interface AskedThread {
  readonly name: string;
  readonly state: ThreadState;
  report(): Promise<ThreadReport | null>;
  /** null: it has nothing to say, or not in time. */
  ask<Q extends ThreadQuestion>(question: Q): Promise<ThreadAnswers[Q["kind"]] | null>;
}

export interface InspectedOptions {
  readonly application: string;
  readonly replica: string;
  readonly version: string;
  /** What is known of the process as a whole. */
  readonly registry: MetricRegistry;
  /** Whether others' names of metrics are told too. */
  readonly hasKafkaNames: boolean;
  /** Brings values of the registry up to date. */
  readonly refresh: () => void;
  /** Takes secrets out of what errors say. */
  readonly hide?: (text: string) => string;
}

/** How long it is waited for what the log says of slices; later than that it is told the next time. */
const SLICES_MS_MAX = 200;

/** What a process tells the inspector; others say what they know of it as it comes. */
export class InspectedProcess implements Inspected {
  readonly application: string;
  readonly replica: string;
  readonly version: string;
  readonly #options: InspectedOptions;
  #threads: readonly AskedThread[] = [];
  #topology: OpenTopology | null = null;
  #state: ClientState = "CREATED";
  #mart: MartWatch | null = null;
  #slices: readonly Problem[] = [];
  #readingSlices: Promise<void> | null = null;
  #asking: Promise<readonly InspectedThread[]> | null = null;

  constructor(options: InspectedOptions) {
    this.#options = options;
    this.application = options.application;
    this.replica = options.replica;
    this.version = options.version;
    this.#showStates();
  }

  runs(threads: readonly AskedThread[]): void {
    this.#threads = threads;
  }

  watches(mart: MartWatch): void {
    this.#mart = mart;
  }

  opened(topology: OpenTopology): void {
    const { registry } = this.#options;
    this.#topology = topology;
    registry.set("gdelt_build_info", { version: this.version, topology: topology.hash }, 1);
  }

  is(state: ClientState): void {
    this.#state = state;
    this.#showStates();
  }

  get topology(): OpenTopology | null {
    return this.#topology;
  }

  get readiness(): Readiness {
    const state = this.#state;
    if (state === "RUNNING") return { isReady: true, state, reason: null };
    const waiting = this.#threads.filter((thread) => thread.state !== "RUNNING");
    const reason = waiting.map(({ name, state: of }) => `${name} is ${of}`).join(", ");
    return { isReady: false, state, reason: reason === "" ? "nothing runs yet" : reason };
  }

  /** Whoever asks while they are being asked gets the same answer. */
  threads(): Promise<readonly InspectedThread[]> {
    this.#asking ??= Promise.all(
      this.#threads.map(async (thread) => {
        const report = await thread.report();
        return { name: thread.name, state: thread.state, report };
      }),
    ).finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  get asked(): readonly AskedThread[] {
    return this.#threads;
  }

  async problems(threads: readonly InspectedThread[]): Promise<readonly Problem[]> {
    this.#readingSlices ??= this.#readSlices().finally(() => {
      this.#readingSlices = null;
    });
    await Promise.race([this.#readingSlices, sleep(SLICES_MS_MAX, undefined, { ref: false })]);
    const { hide = (text) => text } = this.#options;
    const all = [
      ...(this.#mart?.problems ?? []),
      ...threads.flatMap(({ report }) => report?.problems ?? []),
      ...this.#slices,
    ];
    return all.map((problem) => ({ ...problem, reason: hide(problem.reason) }));
  }

  /** All threads see the same log: whoever answers first will do. */
  async #readSlices(): Promise<void> {
    for (const thread of this.#threads) {
      // One that is held up, or has no brokers, leaves it at what was known.
      const found = await thread.ask({ kind: "slices" }).catch(() => null);
      if (found === null) continue;
      this.#slices = found;
      return;
    }
  }

  async metrics(
    threads: readonly InspectedThread[],
  ): Promise<readonly (readonly MetricSnapshot[])[]> {
    this.#showStates();
    const { registry, refresh, hasKafkaNames } = this.#options;
    refresh();
    const reports = threads.flatMap(({ report }) => (report === null ? [] : [report.metrics]));
    const all = [await registry.snapshot(), ...reports];
    return hasKafkaNames ? all.map((one) => [...one, ...withKafkaNames(one)]) : all;
  }

  #showStates(): void {
    const { registry } = this.#options;
    for (const state of CLIENT_STATES) {
      registry.set("gdelt_instance_state", { state }, state === this.#state ? 1 : 0);
    }
    for (const state of THREAD_STATES) {
      const count = this.#threads.filter((thread) => thread.state === state).length;
      registry.set("gdelt_threads", { state }, count);
    }
  }
}
