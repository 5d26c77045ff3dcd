import { setTimeout as sleep } from "node:timers/promises";
import type { FailingTask } from "../../inspector/failing-tasks.ts";
import { MachineMetrics } from "../../inspector/metrics/machine-metrics.ts";
import { MetricRegistry } from "../../inspector/metrics/metric-registry.ts";
import { ThreadMetrics } from "../../inspector/metrics/thread-metrics.ts";
import type { Problem } from "../../inspector/problem.ts";
import type { ThreadReport } from "../../inspector/thread-report.ts";
import type { Clock } from "../../record/clock.ts";
import type { RunnerStatus } from "../../runtime/runner-status.ts";
import type { StreamThread } from "../../runtime/stream-thread.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { Topology } from "../../topology/topology.ts";
import { SilverMetrics } from "./silver-metrics.ts";
import { UnreadableRows } from "./unreadable-rows.ts";

/**
 * How long a thread may take to finish its round before it is told how it stood before: other replicas
 * wait a second for what this one says.
 */
const ROUND_MS_MAX = 500;

/** Gathers what happens in one stream thread, and reports it when it is asked. */
export class ThreadReporter {
  readonly registry: MetricRegistry;
  readonly #clock: Clock;
  readonly #thread: string;
  readonly #machine: MachineMetrics;
  #runs: {
    readonly thread: StreamThread;
    readonly metrics: ThreadMetrics;
    readonly silver: SilverMetrics;
  } | null = null;
  readonly #unreadable = new UnreadableRows();
  #statuses: readonly RunnerStatus[] = [];
  #statusMs: number | null = null;

  /** @param thread its name in labels. */
  constructor(clock: Clock, thread: string, registry = new MetricRegistry()) {
    this.#clock = clock;
    this.#thread = thread;
    this.registry = registry;
    this.#machine = new MachineMetrics(registry, thread);
  }

  /** From now on there is something to report of. */
  attach(topology: Topology, thread: StreamThread): void {
    const { registry } = this;
    this.#runs = {
      thread,
      metrics: new ThreadMetrics(registry, topology, this.#clock),
      silver: new SilverMetrics(registry),
    };
  }

  take(event: RuntimeEvent): void {
    this.#runs?.metrics.take(event);
    if (event.kind !== "task-committed") return;
    this.#runs?.silver.take(event.counted);
    this.#unreadable.take(event, this.#clock.nowMs());
  }

  /** Its tasks are looked at between two rounds; a thread that is held up tells what it knew before. */
  async report(): Promise<ThreadReport> {
    if (this.#runs !== null) await this.#look(this.#runs.thread);
    this.#machine.show();
    const { registry } = this;
    if (this.#statusMs !== null) {
      const thread = this.#thread;
      const seconds = this.#statusMs / 1000;
      registry.set("gdelt_thread_last_report_timestamp_seconds", { thread }, seconds);
      this.#runs?.metrics.show(this.#statuses);
      this.#runs?.silver.show(this.#statuses);
    }
    const problems = [
      ...(this.#runs?.metrics.failing ?? []).map(failingProblem),
      ...this.#unreadable.problems(this.#clock.nowMs()),
    ];
    const [tasks, atMs] = [this.#statuses, this.#statusMs];
    return { metrics: await registry.snapshot(), tasks, atMs, problems };
  }

  async #look(thread: StreamThread): Promise<void> {
    const held = new AbortController();
    const status = await Promise.race([
      thread.status(),
      sleep(ROUND_MS_MAX, null, { ref: false, signal: held.signal }).catch(() => null),
    ]);
    held.abort();
    if (status === null) return;
    this.#statuses = status;
    this.#statusMs = this.#clock.nowMs();
  }

  close(): void {
    this.#machine.close();
  }
}

const failingProblem = ({ task, isTable, node, sinceMs, reason }: FailingTask): Problem => ({
  kind: isTable ? "table_failing" : "task_failing",
  about: `${node} (${task})`,
  since: sinceMs / 1000,
  reason,
});
