import type { Clock } from "../../record/clock.ts";
import type { RunnerStatus } from "../../runtime/runner-status.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { TaskState } from "../../runtime/task-state.ts";
import type { Topology } from "../../topology/topology.ts";
import { subTopologyOf, type TaskNode, taskNodes } from "../task-nodes.ts";
import { setInputs } from "./input-metrics.ts";
import type { MetricRegistry } from "./metric-registry.ts";

const TASK_STATES: readonly TaskState[] = ["CREATED", "RESTORING", "RUNNING", "CLOSED"];

/** What the runtime of one thread tells, as metrics: events as they come, statuses when asked. */
export class ThreadMetrics {
  readonly #registry: MetricRegistry;
  readonly #clock: Clock;
  readonly #nodes: ReadonlyMap<number, TaskNode>;
  /** When each task has committed last. */
  readonly #committedMs = new Map<string, number>();

  constructor(registry: MetricRegistry, topology: Topology, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
    this.#nodes = taskNodes(topology);
    this.#begin(topology);
  }

  #begin({ subTopologies }: Topology): void {
    const registry = this.#registry;
    for (const kind of ["rebalancing", "assigned", "lost"]) {
      registry.begin("gdelt_rebalances_total", { kind });
    }
    for (const node of subTopologies.flatMap(({ nodes }) => nodes)) {
      if (node.kind !== "source" && node.kind !== "table") continue;
      registry.begin("gdelt_records_consumed_total", { node: node.name });
    }
    for (const { name: node, isTable } of this.#nodes.values()) {
      for (const kind of ["retried", "migrated"]) {
        registry.begin("gdelt_failures_total", { node, kind });
      }
      if (isTable) this.#beginTable(node);
      else this.#beginTask(node);
    }
  }

  #beginTable(sink: string): void {
    const registry = this.#registry;
    registry.begin("gdelt_sink_commit_duration_seconds", { sink });
    registry.begin("gdelt_freshness_seconds", { sink });
    for (const result of ["ok", "failed"]) {
      registry.begin("gdelt_sink_commits_total", { sink, result });
    }
  }

  #beginTask(node: string): void {
    const registry = this.#registry;
    registry.begin("gdelt_commit_duration_seconds", { node });
    registry.begin("gdelt_checkpoint_duration_seconds", { node });
    registry.begin("gdelt_checkpoint_bytes_total", { node });
  }

  take(event: RuntimeEvent): void {
    if (event.kind === "task-committed") this.#taskCommitted(event);
    else if (event.kind === "table-committed") this.#tableCommitted(event);
    else if (event.kind === "commit-failed") this.#failed(event.task, "retried");
    else if (event.kind === "task-migrated") this.#failed(event.task, "migrated");
    else if (event.kind === "group") {
      this.#registry.inc("gdelt_rebalances_total", { kind: event.event.kind });
    }
  }

  #nodeOf(task: string): TaskNode {
    return this.#nodes.get(subTopologyOf(task))!;
  }

  #taskCommitted(commit: Extract<RuntimeEvent, { kind: "task-committed" }>): void {
    const registry = this.#registry;
    const { name: node } = this.#nodeOf(commit.task);
    registry.observe("gdelt_commit_duration_seconds", { node }, commit.durationMs / 1000);
    registry.observe("gdelt_checkpoint_duration_seconds", { node }, commit.checkpointMs / 1000);
    registry.inc("gdelt_checkpoint_bytes_total", { node }, commit.checkpointBytes);
    this.#committedMs.set(commit.task, this.#clock.nowMs());
    for (const [source, records] of Object.entries(commit.records)) {
      registry.inc("gdelt_records_consumed_total", { node: source }, records);
    }
  }

  #tableCommitted(commit: Extract<RuntimeEvent, { kind: "table-committed" }>): void {
    const registry = this.#registry;
    const nowMs = this.#clock.nowMs();
    const { name: sink } = this.#nodeOf(commit.task);
    registry.observe("gdelt_sink_commit_duration_seconds", { sink }, commit.durationMs / 1000);
    registry.inc("gdelt_sink_commits_total", { sink, result: "ok" });
    registry.set("gdelt_sink_last_commit_timestamp_seconds", { sink }, nowMs / 1000);
    registry.inc("gdelt_records_consumed_total", { node: sink }, commit.records);
    for (const sliceMs of commit.ended) {
      registry.observe("gdelt_freshness_seconds", { sink }, Math.max(0, nowMs - sliceMs) / 1000);
    }
  }

  #failed(task: string, kind: "retried" | "migrated"): void {
    const { name: node, isTable } = this.#nodeOf(task);
    this.#registry.inc("gdelt_failures_total", { node, kind });
    if (isTable && kind === "retried") {
      this.#registry.inc("gdelt_sink_commits_total", { sink: node, result: "failed" });
    }
  }

  /** Takes how the tasks and tables stand that the thread has open now. */
  show(statuses: readonly RunnerStatus[]): void {
    const registry = this.#registry;
    registry.reset("gdelt_checkpoint_last_success_timestamp_seconds");
    for (const task of this.#committedMs.keys()) {
      if (!statuses.some(({ id }) => id === task)) this.#committedMs.delete(task);
    }
    for (const [task, ms] of this.#committedMs) {
      registry.set("gdelt_checkpoint_last_success_timestamp_seconds", { task }, ms / 1000);
    }
    for (const state of TASK_STATES) {
      const count = statuses.filter((status) => status.state === state).length;
      registry.set("gdelt_tasks", { state }, count);
    }
    const left = statuses.reduce((sum, { restoreLeftBytes }) => sum + restoreLeftBytes, 0);
    registry.set("gdelt_restore_remaining_bytes", {}, left);
    setInputs(registry, statuses, this.#clock.nowMs());
    this.#setStores(statuses);
  }

  #setStores(statuses: readonly RunnerStatus[]): void {
    const registry = this.#registry;
    registry.reset("gdelt_store_entries", "gdelt_store_bytes", "gdelt_store_resident_bytes");
    const byName = Map.groupBy(
      statuses.flatMap(({ stores }) => stores),
      ({ name }) => name,
    );
    for (const [store, parts] of byName) {
      const sum = (of: "entries" | "bytes" | "residentBytes") =>
        parts.reduce((total, part) => total + part[of], 0);
      registry.set("gdelt_store_entries", { store }, sum("entries"));
      registry.set("gdelt_store_bytes", { store }, sum("bytes"));
      registry.set("gdelt_store_resident_bytes", { store }, sum("residentBytes"));
    }
  }
}
