import type { RunnerStatus } from "../runtime/runner-status.ts";
import type { MetricSnapshot } from "./metrics/metric-registry.ts";

/** What a stream thread tells of itself. */
export interface ThreadReport {
  readonly metrics: readonly MetricSnapshot[];
  readonly tasks: readonly RunnerStatus[];
  /** When the tasks were looked at, ms; null: not yet. */
  readonly atMs: number | null;
}
