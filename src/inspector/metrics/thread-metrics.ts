import type { Clock } from "../../record/clock.ts";
import { TaskMigratedError } from "../../record/errors.ts";
import type { RunnerStatus } from "../../runtime/runner-status.ts";
import type { SliceAudits } from "../../runtime/slice-audit.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { TaskState } from "../../runtime/task-state.ts";
import type { Topology } from "../../topology/topology.ts";
import { type FailingTask, FailingTasks } from "../failing-tasks.ts";
import { subTopologyOf, type TaskNode, taskNodes } from "../task-nodes.ts";
import { BlockedTime } from "./blocked-time.ts";
import { InputMetrics } from "./input-metrics.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import { RebalanceMetrics } from "./rebalance-metrics.ts";
import { setStores } from "./store-metrics.ts";
import { type TableCommit, TableMetrics } from "./table-metrics.ts";

const TASK_STATES: readonly TaskState[] = ["CREATED", "RESTORING", "RUNNING", "CLOSED"];

type TaskCommitted = Extract<RuntimeEvent, { kind: "task-committed" }>;

/** What the runtime of one thread tells, as metrics: events as they come, statuses when asked. */
export class ThreadMetrics {
  readonly #registry: MetricRegistry;
  readonly #clock: Clock;
  readonly #nodes: ReadonlyMap<number, TaskNode>;
  readonly #tables: TableMetrics;
  readonly #inputs: InputMetrics;
  readonly #rebalances: RebalanceMetrics;
  readonly #blocked = new BlockedTime();
  readonly #failures = new FailingTasks();
  /** As they were shown last. */
  failing: readonly FailingTask[] = [];
  /** When each task and table has committed last. */
  readonly #committedMs = new Map<string, number>();

  constructor(registry: MetricRegistry, topology: Topology, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
    this.#nodes = taskNodes(topology);
    this.#tables = new TableMetrics(registry);
    this.#rebalances = new RebalanceMetrics(registry);
    const nodes = topology.subTopologies.flatMap((sub) => sub.nodes);
    const namesOf = (kind: string) => nodes.filter((n) => n.kind === kind).map(({ name }) => name);
    this.#inputs = new InputMetrics(registry, namesOf("source"), namesOf("table"));
    this.#begin();
  }

  #begin(): void {
    const registry = this.#registry;
    for (const result of ["committed", "aborted", "unknown", "fenced"]) {
      registry.begin("gdelt_transactions_total", { result });
    }
    for (const { name: node, isTable } of this.#nodes.values()) {
      for (const kind of ["retried", "migrated"]) {
        registry.begin("gdelt_failures_total", { node, kind });
      }
      registry.begin("gdelt_backpressure_seconds_total", { node });
      if (isTable) this.#tables.begin(node);
      else this.#beginTask(node);
    }
  }

  #beginTask(node: string): void {
    const registry = this.#registry;
    registry.begin("gdelt_commit_duration_seconds", { node });
    registry.begin("gdelt_checkpoint_duration_seconds", { node });
    registry.begin("gdelt_checkpoint_bytes_total", { node });
  }

  take(event: RuntimeEvent): void {
    this.#rebalances.take(event, this.#clock.nowMs());
    this.#failures.take(event, this.#clock.nowMs());
    if (event.kind === "task-committed") this.#taskCommitted(event);
    else if (event.kind === "table-committed") this.#tableCommitted(event);
    else if (event.kind === "transaction-failed") this.#transaction(event.result);
    else if (event.kind === "commit-failed") this.#failed(event.task, "retried");
    else if (event.kind === "task-recovered") this.#recovered(event.task);
    else if (event.kind === "task-migrated") {
      this.#failed(event.task, "migrated");
      if (event.cause instanceof TaskMigratedError) this.#transaction("fenced");
    }
  }

  #nodeOf(task: string): TaskNode {
    return this.#nodes.get(subTopologyOf(task))!;
  }

  #transaction(result: string): void {
    this.#registry.inc("gdelt_transactions_total", { result });
  }

  #taskCommitted(commit: TaskCommitted): void {
    const registry = this.#registry;
    const { name: node } = this.#nodeOf(commit.task);
    registry.observe("gdelt_commit_duration_seconds", { node }, commit.durationMs / 1000);
    registry.observe("gdelt_checkpoint_duration_seconds", { node }, commit.checkpointMs / 1000);
    registry.inc("gdelt_checkpoint_bytes_total", { node }, commit.checkpointBytes);
    this.#transaction("committed");
    this.#committed(commit.task, commit.durationMs);
    for (const [source, { records, lateMs, audits }] of Object.entries(commit.inputs)) {
      this.#read(source, records, audits);
      for (const ms of lateMs) {
        registry.observe("gdelt_record_lateness_seconds", { node: source }, ms / 1000);
      }
    }
  }

  #tableCommitted(commit: TableCommit): void {
    const { name: sink } = this.#nodeOf(commit.task);
    this.#tables.committed(sink, commit, this.#clock.nowMs());
    this.#committed(commit.task, commit.durationMs);
    this.#read(sink, commit.records, commit.audits);
  }

  #read(node: string, records: number, { ok, differs }: SliceAudits): void {
    const registry = this.#registry;
    registry.inc("gdelt_records_consumed_total", { node }, records);
    registry.inc("gdelt_slice_audits_total", { node, result: "ok" }, ok);
    registry.inc("gdelt_slice_audits_total", { node, result: "differs" }, differs);
  }

  #committed(task: string, durationMs: number): void {
    const nowMs = this.#clock.nowMs();
    this.#committedMs.set(task, nowMs);
    this.#wasBlocked(task, this.#blocked.committed(task, durationMs, nowMs));
  }

  /** Since its failure it was blocked, and it will not commit for want of anything to do. */
  #recovered(task: string): void {
    this.#wasBlocked(task, this.#blocked.committed(task, 0, this.#clock.nowMs()));
  }

  #wasBlocked(task: string, ms: number): void {
    const { name: node } = this.#nodeOf(task);
    this.#registry.inc("gdelt_backpressure_seconds_total", { node }, Math.max(0, ms) / 1000);
  }

  #failed(task: string, kind: "retried" | "migrated"): void {
    const { name: node, isTable } = this.#nodeOf(task);
    this.#registry.inc("gdelt_failures_total", { node, kind });
    if (kind === "retried") this.#blocked.failed(task, this.#clock.nowMs());
    if (isTable && kind === "retried") this.#tables.failed(node);
  }

  /** Takes how the tasks and tables stand that the thread has open now. */
  show(statuses: readonly RunnerStatus[]): void {
    const registry = this.#registry;
    const nowMs = this.#clock.nowMs();
    const open = new Set(statuses.map(({ id }) => id));
    for (const task of this.#committedMs.keys()) {
      if (!open.has(task)) this.#committedMs.delete(task);
    }
    for (const [task, ms] of this.#blocked.passed((id) => open.has(id), nowMs)) {
      this.#wasBlocked(task, ms);
    }
    this.#showCheckpoints();
    this.#showFailing([...open]);
    for (const state of TASK_STATES) {
      const count = statuses.filter((status) => status.state === state).length;
      registry.set("gdelt_tasks", { state }, count);
    }
    const left = statuses.reduce((sum, { restoreLeftBytes }) => sum + restoreLeftBytes, 0);
    registry.set("gdelt_restore_remaining_bytes", {}, left);
    this.#inputs.show(statuses, this.#committedMs, nowMs);
    this.#tables.show(statuses, (task) => this.#nodeOf(task).name);
    setStores(registry, statuses);
  }

  #showFailing(open: readonly string[]): void {
    this.failing = this.#failures.among(open, (task) => this.#nodeOf(task));
    for (const { name: node } of this.#nodes.values()) {
      const count = this.failing.filter((one) => one.node === node).length;
      this.#registry.set("gdelt_tasks_failing", { node }, count);
    }
  }

  #showCheckpoints(): void {
    const registry = this.#registry;
    registry.reset("gdelt_checkpoint_last_success_timestamp_seconds");
    for (const [task, ms] of this.#committedMs) {
      if (this.#nodeOf(task).isTable) continue;
      registry.set("gdelt_checkpoint_last_success_timestamp_seconds", { task }, ms / 1000);
    }
  }
}
