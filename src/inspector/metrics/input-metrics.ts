import type { InputStatus, RunnerStatus } from "../../runtime/runner-status.ts";
import type { MetricRegistry } from "./metric-registry.ts";

/** Age of the oldest record that has not been processed; 0: there is none. */
export const lagSeconds = ({ oldestMs }: InputStatus, nowMs: number): number =>
  oldestMs === null ? 0 : Math.max(0, nowMs - oldestMs) / 1000;

/** Records that have not been processed. */
export const lagRecords = ({ position, end }: InputStatus): number => Math.max(0, end - position);

/** How far the partitions have been read that a thread has now. */
export function setInputs(
  registry: MetricRegistry,
  statuses: readonly RunnerStatus[],
  nowMs: number,
): void {
  registry.reset("gdelt_consumer_lag_records", "gdelt_consumer_lag_seconds");
  registry.reset("gdelt_watermark_timestamp_seconds", "gdelt_watermark_skew_seconds");
  const watermarks = new Map<string, { oldest: number; skew: number }>();
  for (const { inputs } of statuses) {
    const slowest = Math.min(...inputs.map(({ watermarkMs }) => watermarkMs ?? Infinity));
    for (const input of inputs) {
      const { node, topic, partition, watermarkMs } = input;
      const labels = { node, topic, partition: String(partition) };
      registry.set("gdelt_consumer_lag_records", labels, lagRecords(input));
      registry.set("gdelt_consumer_lag_seconds", labels, lagSeconds(input, nowMs));
      if (watermarkMs === null) continue;
      const { oldest = Infinity, skew = 0 } = watermarks.get(node) ?? {};
      watermarks.set(node, {
        oldest: Math.min(oldest, watermarkMs),
        skew: Math.max(skew, watermarkMs - slowest),
      });
    }
  }
  for (const [node, { oldest, skew }] of watermarks) {
    registry.set("gdelt_watermark_timestamp_seconds", { node }, oldest / 1000);
    registry.set("gdelt_watermark_skew_seconds", { node }, skew / 1000);
  }
}
