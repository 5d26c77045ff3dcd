import assert from "node:assert/strict";
import { test } from "node:test";
import { METRICS } from "../../../src/inspector/metrics/catalogue.ts";
import { KAFKA_NAMES, withKafkaNames } from "../../../src/inspector/metrics/kafka-names.ts";
import { exposition, MetricRegistry } from "../../../src/inspector/metrics/metric-registry.ts";

test("the values of ours are there under the other names, and are summed over threads as ours are", async () => {
  const threads = await Promise.all(
    [3, 4].map(async (lag) => {
      const registry = new MetricRegistry();
      const at = { node: "events-source", topic: "gdelt.events", partition: "0" };
      registry.set("gdelt_consumer_lag_records", at, lag);
      registry.inc("gdelt_records_dropped_total", { stream: "gkg", reason: "duplicate" }, lag);
      return withKafkaNames(await registry.snapshot());
    }),
  );
  const lines = (await exposition(threads, "text")).split("\n");
  for (const line of [
    "# TYPE kafka_consumergroup_group_lag gauge",
    'kafka_consumergroup_group_lag{group="events-source",topic="gdelt.events",partition="0"} 7',
    'kafka_streams_stream_task_metrics_dropped_records_total{stream="gkg",reason="duplicate"} 7',
  ]) {
    assert.ok(lines.includes(line), lines.join("\n"));
  }
});

test("no label of ours gets lost, or its values would be told twice", () => {
  for (const { ours, labels } of KAFKA_NAMES) {
    assert.deepEqual(new Set(Object.values(labels)), new Set<string>(METRICS[ours].labels), ours);
  }
});
