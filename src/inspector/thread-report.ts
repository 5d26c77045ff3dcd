import type { RunnerStatus } from "../runtime/runner-status.ts";
import type { MetricSnapshot } from "./metrics/metric-registry.ts";
import type { Problem } from "./problem.ts";

/** What a stream thread tells of itself. */
export interface ThreadReport {
  readonly metrics: readonly MetricSnapshot[];
  readonly tasks: readonly RunnerStatus[];
  /** When the tasks were looked at, ms; null: not yet. */
  readonly atMs: number | null;
  /** What is wrong with its tasks, or with what they read. */
  readonly problems: readonly Problem[];
}
