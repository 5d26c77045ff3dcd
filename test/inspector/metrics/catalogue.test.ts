import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { CHAPTERS, METRIC_NAMES, METRICS } from "../../../src/inspector/metrics/catalogue.ts";
import { metricsPage } from "../../../src/inspector/metrics/describe-metrics.ts";
import type { MetricSpec } from "../../../src/inspector/metrics/metric-spec.ts";

const root = path.join(import.meta.dirname, "..", "..", "..");
const specs = METRIC_NAMES.map((name) => [name, METRICS[name] as MetricSpec] as const);

/** Of each of these there are few, whatever is published and whoever runs it. */
const LABELS = new Set([
  ...[
    "join",
    "kind",
    "node",
    "outcome",
    "partition",
    "reason",
    "result",
    "sink",
    "state",
    "status",
  ],
  ...["store", "stream", "task", "thread", "topic", "topology", "version"],
]);

test("the page of all metrics is that of the catalogue", () => {
  const page = readFileSync(path.join(root, "docs", "metrics.md"), "utf8");
  assert.equal(page, metricsPage(), "is made of the catalogue: node scripts/metrics.ts");
  assert.deepEqual(
    CHAPTERS.flatMap(({ names }) => names),
    METRIC_NAMES,
  );
});

test("names have a prefix, and say their type and unit as Prometheus asks", () => {
  const wrong = specs.filter(([name, { type }]) => {
    const isCounter = name.endsWith("_total");
    const isTime = type === "histogram" && !name.endsWith("_seconds");
    return (
      !/^(?:gdelt|nodejs|process)_[a-z0-9_]+$/.test(name) ||
      isCounter !== (type === "counter") ||
      isTime
    );
  });
  assert.deepEqual(wrong, []);
});

test("labels come from small sets, and a help is a sentence", () => {
  const strange = specs.flatMap(([, { labels }]) => labels.filter((label) => !LABELS.has(label)));
  assert.deepEqual(strange, []);
  assert.deepEqual(
    specs.filter(([, { help }]) => !/^\S.*\.$/s.test(help)).map(([name]) => name),
    [],
  );
});

test("buckets ascend", () => {
  for (const [name, { type, buckets }] of specs) {
    assert.equal(buckets !== null, type === "histogram", name);
    assert.deepEqual(
      buckets?.toSorted((a, b) => a - b),
      buckets ?? undefined,
      name,
    );
  }
});
