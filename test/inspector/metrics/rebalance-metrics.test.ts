import assert from "node:assert/strict";
import { test } from "node:test";
import { MetricRegistry } from "../../../src/inspector/metrics/metric-registry.ts";
import { RebalanceMetrics } from "../../../src/inspector/metrics/rebalance-metrics.ts";
import type { RuntimeEvent } from "../../../src/runtime/task-config.ts";

const state = (to: "PARTITIONS_REVOKED" | "PARTITIONS_ASSIGNED" | "RUNNING"): RuntimeEvent => ({
  ...{ kind: "thread-state", from: "RUNNING", to },
});
const rebalancing: RuntimeEvent = { kind: "group", event: { kind: "rebalancing" } };
const assigned: RuntimeEvent = {
  ...{ kind: "group", event: { kind: "assigned", assignment: { active: [], standby: [] } } },
};

/** Sums of seconds by kind, after these events at these times. */
async function durations(events: readonly (readonly [RuntimeEvent, number])[]) {
  const registry = new MetricRegistry();
  const metrics = new RebalanceMetrics(registry);
  for (const [event, nowMs] of events) metrics.take(event, nowMs);
  const snapshot = await registry.snapshot();
  const { values } = snapshot.find(({ name }) => name === "gdelt_rebalance_duration_seconds")!;
  const sums = values as readonly { metricName?: string; labels: object; value: number }[];
  return Object.fromEntries(
    sums
      .filter(({ metricName }) => /_(?:sum|count)$/.test(metricName ?? ""))
      .map(({ metricName, labels, value }) => [
        `${Object.values(labels)[0]} ${metricName!.split("_").at(-1)}`,
        value,
      ]),
  );
}

test("the sharing out ends with the assignment, and the opening when the thread runs again", async () => {
  const found = await durations([
    [rebalancing, 1000],
    [rebalancing, 2000],
    [assigned, 4000],
    [state("PARTITIONS_REVOKED"), 4000],
    [state("PARTITIONS_ASSIGNED"), 5000],
    [state("RUNNING"), 9000],
  ]);
  const expected = { "shared sum": 3, "shared count": 1, "opened sum": 5, "opened count": 1 };
  assert.deepEqual(found, expected);
});

test("where nothing has to be opened nothing is", async () => {
  const found = await durations([
    [rebalancing, 1000],
    [assigned, 2000],
    [rebalancing, 50_000],
    [assigned, 51_000],
  ]);
  const expected = { "shared sum": 2, "shared count": 2, "opened sum": 0, "opened count": 0 };
  assert.deepEqual(found, expected);
});
