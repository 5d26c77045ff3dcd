import type { InputStatus, RunnerStatus } from "../../runtime/runner-status.ts";
import { CONSUMER_STATUSES, ConsumerStatuses } from "./consumer-statuses.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/** Age of the oldest record that is not processed; 0: there is none. */
export const lagSeconds = ({ oldestMs }: InputStatus, nowMs: number): number =>
  oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs) / 1000;

/** Records that have not been processed. */
export const lagRecords = ({ position, end }: InputStatus): number => Math.max(0, end - position);

/** Of all partitions of a source. */
interface SourceStatus {
  watermarkMs: number;
  skewMs: number;
  oldestOpenMs: number;
  idle: number;
}

/** How far the partitions have been read that a thread has now. */
export class InputMetrics {
  readonly #registry: MetricRegistry;
  readonly #nodes: readonly string[];
  readonly #statuses = new ConsumerStatuses();

  /** @param sources names of all sources, and of all tables, there are. */
  constructor(registry: MetricRegistry, sources: readonly string[], tables: readonly string[]) {
    this.#registry = registry;
    this.#nodes = [...sources, ...tables];
    for (const node of this.#nodes) {
      registry.begin("gdelt_records_consumed_total", { node });
      for (const result of ["ok", "differs"]) {
        registry.begin("gdelt_slice_audits_total", { node, result });
      }
    }
    for (const node of sources) registry.begin("gdelt_record_lateness_seconds", { node });
  }

  /** @param committedMs when each task and table has committed last. */
  show(
    runners: readonly RunnerStatus[],
    committedMs: ReadonlyMap<string, number>,
    nowMs: number,
  ): void {
    this.#showPartitions(runners, nowMs);
    this.#showSources(runners);
    this.#showStatuses(runners, committedMs, nowMs);
  }

  #showPartitions(runners: readonly RunnerStatus[], nowMs: number): void {
    const registry = this.#registry;
    registry.reset("gdelt_consumer_lag_records", "gdelt_consumer_lag_seconds");
    registry.reset("gdelt_consumer_retention_left_records");
    for (const input of runners.flatMap(({ inputs }) => inputs)) {
      const { node, topic, partition, position, start } = input;
      const labels = { node, topic, partition: String(partition) };
      registry.set("gdelt_consumer_lag_records", labels, lagRecords(input));
      registry.set("gdelt_consumer_lag_seconds", labels, lagSeconds(input, nowMs));
      if (start === null) continue;
      registry.set("gdelt_consumer_retention_left_records", labels, position - start);
    }
  }

  #showSources(runners: readonly RunnerStatus[]): void {
    const registry = this.#registry;
    registry.reset("gdelt_watermark_timestamp_seconds", "gdelt_watermark_skew_seconds");
    registry.reset("gdelt_join_oldest_pending_timestamp_seconds", "gdelt_stream_idle");
    for (const [node, { watermarkMs, skewMs, oldestOpenMs, idle }] of sourcesOf(runners)) {
      registry.set("gdelt_stream_idle", { node }, idle);
      if (Number.isFinite(watermarkMs)) {
        registry.set("gdelt_watermark_timestamp_seconds", { node }, watermarkMs / 1000);
        registry.set("gdelt_watermark_skew_seconds", { node }, skewMs / 1000);
      }
      if (Number.isFinite(oldestOpenMs)) {
        const seconds = oldestOpenMs / 1000;
        registry.set("gdelt_join_oldest_pending_timestamp_seconds", { node }, seconds);
      }
    }
  }

  #showStatuses(
    runners: readonly RunnerStatus[],
    committedMs: ReadonlyMap<string, number>,
    nowMs: number,
  ): void {
    const judged = [...this.#statuses.judge(runners, committedMs, nowMs)];
    for (const node of this.#nodes) {
      for (const status of CONSUMER_STATUSES) {
        const count = judged.filter(([input, of]) => input.node === node && of === status).length;
        this.#registry.set("gdelt_consumer_status", { node, status }, count);
      }
    }
  }
}

function sourcesOf(runners: readonly RunnerStatus[]): ReadonlyMap<string, SourceStatus> {
  const sources = new Map<string, SourceStatus>();
  for (const { inputs, isTable } of runners) {
    if (isTable) continue;
    const slowestMs = Math.min(...inputs.map(({ watermarkMs }) => watermarkMs ?? Infinity));
    for (const { node, watermarkMs, oldestOpenMs, isIdle } of inputs) {
      const of = sources.get(node) ?? NOTHING;
      sources.set(node, {
        watermarkMs: Math.min(of.watermarkMs, watermarkMs ?? Infinity),
        skewMs: Math.max(of.skewMs, watermarkMs === null ? 0 : watermarkMs - slowestMs),
        oldestOpenMs: Math.min(of.oldestOpenMs, oldestOpenMs ?? Infinity),
        idle: of.idle + (isIdle ? 1 : 0),
      });
    }
  }
  return sources;
}

const NOTHING: SourceStatus = {
  ...{ watermarkMs: Infinity, skewMs: 0, oldestOpenMs: Infinity, idle: 0 },
};
