import { setTimeout as sleep } from "node:timers/promises";
import type { EventPlace } from "../../../src/app/inspector/events/event-rows.ts";
import { InspectedProcess } from "../../../src/app/inspector/inspected-process.ts";
import {
  type InspectorSettings,
  type OpenInspector,
  openInspector,
} from "../../../src/app/inspector/open-inspector.ts";
import { ThreadQuestions } from "../../../src/app/inspector/thread-questions.ts";
import { ThreadReporter } from "../../../src/app/inspector/thread-reporter.ts";
import { MetricRegistry } from "../../../src/inspector/metrics/metric-registry.ts";
import { describedTopology } from "../../../src/inspector/topology-formats.ts";
import { stickyAssignor } from "../../../src/runtime/assignor.ts";
import type { StreamThread } from "../../../src/runtime/stream-thread.ts";
import { joinStreams } from "../../../src/runtime/streams.ts";
import type { ThreadState } from "../../../src/runtime/thread-state.ts";
import { MemoryGroups } from "../../../src/sources/memory-groups.ts";
import { FIRST_MS, MemoryApplication } from "../memory-application.ts";

/** Longer than all questions of a test take by its clock. */
const SESSION_MS = 600_000;
const IDLE_MS = 5;
const SETTLE_TRIES_MAX = 2000;

/** At once, since the clock stands still. */
const COMMITS = {
  ...{ closedMs: 0, intervalMs: 0, outputBytesMax: 0, tableBytesMax: 0, tableIntervalMs: 0 },
};

const SETTINGS: InspectorSettings = {
  "inspector.address": { host: "127.0.0.1", port: 0, orNext: false },
  "inspector.token": null,
  "inspector.peers": null,
  "inspector.advertised": null,
  "inspector.replicas": null,
  "inspector.tls.cert": null,
  "inspector.tls.key": null,
  "inspector.tls.ca": null,
  "inspector.metrics.kafka-streams-names": false,
  "inspector.plaintext": false,
};

/** Replicas of the Silver topology in one process, on a log in memory, each with its inspector. */
export class MemoryReplicas {
  nowMs = FIRST_MS;
  readonly #clock = { nowMs: () => this.nowMs };
  readonly #groups = new MemoryGroups(this.#clock, SESSION_MS);
  readonly #replicas = new Map<string, MemoryReplica>();
  /** All inspectors that there are, as each is told. */
  readonly peers: string[] = [];
  application!: MemoryApplication;

  private constructor() {}

  static async open(
    names: readonly string[],
    partitions: number,
    { settings = {}, places = [] }: ReplicaOptions = {},
  ): Promise<MemoryReplicas> {
    const replicas = new MemoryReplicas();
    replicas.application = await MemoryApplication.open(partitions, replicas.#clock);
    for (const name of names) await replicas.#start(name, { settings, places });
    await replicas.settle();
    return replicas;
  }

  async #start(name: string, { settings, places = [] }: ReplicaOptions): Promise<void> {
    const { application } = this;
    const { topology, log, topics } = application;
    const reporter = new ThreadReporter(this.#clock, name);
    let state: ThreadState = "CREATED";
    const config = {
      ...application.config((event) => {
        reporter.take(event);
        if (event.kind === "thread-state") state = event.to;
      }),
      commit: COMMITS,
    };
    const thread = await joinStreams(config, topics, {
      groups: this.#groups,
      process: name,
      assignor: (plan, hash) =>
        stickyAssignor({ tasks: plan.shared, topology: hash, standbyReplicas: 0 }),
      local: () => ({}),
      standby: () => {
        throw new TypeError("there are no standbys here");
      },
    });
    const questions = new ThreadQuestions(this.#clock);
    questions.attach({ topology, thread, log, generation: 1 });
    reporter.attach(topology, thread);
    const inspected = new InspectedProcess({
      ...{ application: "app", replica: name, version: "1.2.3" },
      registry: new MetricRegistry(),
      hasKafkaNames: false,
      refresh: () => {},
    });
    inspected.opened(describedTopology(topology));
    inspected.is("RUNNING");
    inspected.runs([
      {
        name: "thread-1",
        get state() {
          return state;
        },
        report: () => reporter.report(),
        ask: (question) => questions.answer(question),
      },
    ]);
    const inspector = await openInspector(
      inspected,
      { ...SETTINGS, "inspector.peers": this.peers, ...settings },
      { clock: this.#clock, places: () => places, goldUrl: null, complain: () => {} },
    );
    this.peers.push(inspector!.url);
    await thread.open();
    this.#replicas.set(name, new MemoryReplica(thread, reporter, inspector!));
  }

  async publish(...changed: Parameters<MemoryApplication["publish"]>): Promise<void> {
    await this.application.publish(...changed);
    await this.settle();
  }

  /** Waits until all tasks are shared out, and everything has been read and committed. */
  async settle(): Promise<void> {
    for (let calm = 0, tries = 0; calm < 5; tries++) {
      if (tries === SETTLE_TRIES_MAX) throw new Error("the replicas do not come to rest");
      await sleep(2 * IDLE_MS);
      const replicas = [...this.#replicas.values()];
      for (const { trouble } of replicas) if (trouble !== null) throw trouble;
      const open = replicas.flatMap(({ thread }) => [...thread.tasks, ...thread.tables]);
      const lags = await Promise.all(replicas.map(({ thread }) => thread.lag()));
      const isAll = open.length === replicas[0]!.thread.plan.tasks.size;
      const isDone = lags.every((lag) => lag === 0) && open.every((one) => !one.isDirty);
      const isRunning = open.every(({ status }) => status.state === "RUNNING");
      calm = isAll && isDone && isRunning ? calm + 1 : 0;
    }
  }

  /** Its power fails: it does not leave the group, and nobody listens at its address any more. */
  async kill(name: string): Promise<void> {
    const replica = this.#replicas.get(name)!;
    this.#replicas.delete(name);
    await replica.die();
  }

  /** Who was killed is given up by the group, and the others have its tasks. */
  async forget(): Promise<void> {
    for (let step = 0; step < 4; step++) {
      this.nowMs += SESSION_MS / 3;
      // All others tell that they are alive.
      await sleep(20 * IDLE_MS);
    }
    await this.settle();
  }

  url(name: string): string {
    return this.#replicas.get(name)!.inspector.url;
  }

  async get(name: string, path: string, init: RequestInit = {}): Promise<Response> {
    // As much as takes no notice of limits and of what was kept.
    this.nowMs += 1000;
    return await fetch(`${this.url(name)}${path}`, init);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#replicas.keys()].map((name) => this.kill(name)));
  }
}

interface ReplicaOptions {
  readonly settings?: Partial<InspectorSettings>;
  readonly places?: readonly EventPlace[];
}

class MemoryReplica {
  readonly thread: StreamThread;
  readonly inspector: OpenInspector;
  readonly #reporter: ThreadReporter;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  trouble: unknown = null;

  constructor(thread: StreamThread, reporter: ThreadReporter, inspector: OpenInspector) {
    this.thread = thread;
    this.inspector = inspector;
    this.#reporter = reporter;
    this.#running = thread
      .run(this.#stop.signal, () => sleep(IDLE_MS))
      .catch((error: unknown) => {
        this.trouble = error;
      });
  }

  async die(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.inspector.close();
    this.thread.close();
    this.#reporter.close();
  }
}
