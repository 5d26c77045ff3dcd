import type { RunnerStatus } from "../../runtime/runner-status.ts";
import type { RuntimeEvent } from "../../runtime/task-config.ts";
import type { MetricRegistry } from "./metric-registry.ts";
import { BACKFILL_SECONDS, FRESH_SECONDS } from "./objectives.ts";

export type TableCommit = Extract<RuntimeEvent, { kind: "table-committed" }>;

const COUNTERS = [
  "gdelt_sink_rows_total",
  "gdelt_sink_bytes_total",
  "gdelt_freshness_rows_total",
  "gdelt_freshness_good_rows_total",
] as const;

/** What the commits of tables bring. */
export class TableMetrics {
  readonly #registry: MetricRegistry;

  constructor(registry: MetricRegistry) {
    this.#registry = registry;
  }

  begin(sink: string): void {
    const registry = this.#registry;
    registry.begin("gdelt_sink_commit_duration_seconds", { sink });
    registry.begin("gdelt_freshness_seconds", { sink });
    for (const counter of COUNTERS) registry.begin(counter, { sink });
    for (const result of ["ok", "failed"]) {
      registry.begin("gdelt_sink_commits_total", { sink, result });
    }
  }

  committed(sink: string, commit: TableCommit, nowMs: number): void {
    const registry = this.#registry;
    registry.observe("gdelt_sink_commit_duration_seconds", { sink }, commit.durationMs / 1000);
    registry.inc("gdelt_sink_commits_total", { sink, result: "ok" });
    registry.inc("gdelt_sink_rows_total", { sink }, commit.rows);
    registry.inc("gdelt_sink_bytes_total", { sink }, commit.bytes);
    registry.set("gdelt_sink_last_commit_timestamp_seconds", { sink }, nowMs / 1000);
    for (const { sliceMs, rows } of commit.ended) {
      const seconds = Math.max(0, nowMs - sliceMs) / 1000;
      registry.observe("gdelt_freshness_seconds", { sink }, seconds);
      if (seconds > BACKFILL_SECONDS) continue;
      registry.inc("gdelt_freshness_rows_total", { sink }, rows);
      if (seconds > FRESH_SECONDS) continue;
      registry.inc("gdelt_freshness_good_rows_total", { sink }, rows);
    }
  }

  failed(sink: string): void {
    this.#registry.inc("gdelt_sink_commits_total", { sink, result: "failed" });
  }

  /** Takes how the tables lie in files, as those see it that feed them. */
  show(statuses: readonly RunnerStatus[], sinkOf: (task: string) => string): void {
    const registry = this.#registry;
    registry.reset("gdelt_delta_version", "gdelt_sink_small_files");
    const newest = new Map<string, NonNullable<RunnerStatus["files"]>>();
    for (const { id, files } of statuses) {
      const sink = sinkOf(id);
      if (files !== null && files.version > (newest.get(sink)?.version ?? -1)) {
        newest.set(sink, files);
      }
    }
    for (const [sink, { version, small }] of newest) {
      registry.set("gdelt_delta_version", { sink }, version);
      registry.set("gdelt_sink_small_files", { sink }, small);
    }
  }
}
