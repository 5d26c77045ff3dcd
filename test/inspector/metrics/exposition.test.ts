import assert from "node:assert/strict";
import { test } from "node:test";
import { exposition, MetricRegistry } from "../../../src/inspector/metrics/metric-registry.ts";

/** Two threads that have counted, measured and waited. */
async function threads() {
  const all = [1, 2].map((number) => {
    const registry = new MetricRegistry();
    registry.inc("gdelt_records_consumed_total", { node: "in" }, 10 * number);
    registry.set("gdelt_watermark_timestamp_seconds", { node: "in" }, 100 * number);
    registry.set("gdelt_watermark_skew_seconds", { node: "in" }, number);
    registry.set("gdelt_tasks", { state: "RUNNING" }, number);
    registry.observe("gdelt_commit_duration_seconds", { node: "in" }, number);
    return registry.snapshot();
  });
  return await Promise.all(all);
}

test("threads are one process: sums, the least watermark, the greatest skew", async () => {
  const text = await exposition(await threads(), "text");
  for (const line of [
    "# TYPE gdelt_records_consumed_total counter",
    'gdelt_records_consumed_total{node="in"} 30',
    'gdelt_watermark_timestamp_seconds{node="in"} 100',
    'gdelt_watermark_skew_seconds{node="in"} 2',
    'gdelt_tasks{state="RUNNING"} 3',
    'gdelt_commit_duration_seconds_bucket{le="1",node="in"} 1',
    'gdelt_commit_duration_seconds_sum{node="in"} 3',
  ]) {
    assert.ok(text.split("\n").includes(line), `${line}\n${text}`);
  }
});

test("in OpenMetrics a counter's family is named without its ending, and the text has an end", async () => {
  const text = await exposition(await threads(), "openmetrics");
  const lines = text.split("\n");
  assert.ok(lines.includes("# TYPE gdelt_records_consumed counter"), text);
  assert.ok(lines.includes('gdelt_records_consumed_total{node="in"} 30'), text);
  assert.equal(text.match(/_total_total/), null);
  assert.ok(text.endsWith("# EOF\n"));
});

test("what nobody has set is not told", async () => {
  const text = await exposition([await new MetricRegistry().snapshot()], "text");
  assert.ok(!text.includes("gdelt_consumer_lag_seconds"), text);
});
