import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { MetricSnapshot } from "../../../src/inspector/metrics/metric-registry.ts";
import { BACKFILL_SECONDS, FRESH_SECONDS } from "../../../src/inspector/metrics/objectives.ts";
import { FIRST_MS } from "../memory-application.ts";
import { MemoryPipeline } from "../memory-pipeline.ts";

const SLICE_MS = 900_000;
const seriesOf = ({ values }: MetricSnapshot) => values.map(({ labels }) => JSON.stringify(labels));
const named = (metrics: readonly MetricSnapshot[], name: string) =>
  metrics.find((metric) => metric.name === name)!;

/** A gauge or counter by node and partition, or what labels it has. */
const valuesOf = (metrics: readonly MetricSnapshot[], name: string): Record<string, number> =>
  Object.fromEntries(
    named(metrics, name).values.map(({ labels, value }) => [
      Object.values(labels).join(" "),
      value,
    ]),
  );

type HistogramValue = MetricSnapshot["values"][number] & { readonly metricName?: string };

describe("metrics of a thread", () => {
  test("lag in seconds is the age of the oldest record that is not processed, exactly", async () => {
    const pipeline = await MemoryPipeline.open(1);
    const first = await pipeline.publish();
    const second = await pipeline.publish();
    pipeline.nowMs = second + 7_250;
    const lag = async (name: string) => valuesOf((await pipeline.report()).metrics, name);
    // The round before the report has read one batch: that of the mentions, whose turn is first.
    const before = await lag("gdelt_consumer_lag_seconds");
    assert.equal(before["gkg-source gdelt.gkg 0"], (pipeline.nowMs - first) / 1000);
    assert.equal(before["bronze-gkg-lake gdelt.gkg 0"], (pipeline.nowMs - second) / 1000);
    await pipeline.thread.runUntilIdle();
    pipeline.nowMs += 60_000;
    for (const name of ["gdelt_consumer_lag_seconds", "gdelt_consumer_lag_records"]) {
      const after = await lag(name);
      assert.ok(Object.keys(after).length >= 12);
      assert.deepEqual(new Set(Object.values(after)), new Set([0]), name);
    }
  });

  test("freshness is from the stamp of a slice to the commit of the table", async () => {
    const pipeline = await MemoryPipeline.open(1);
    const sliceMs = await pipeline.publish();
    pipeline.nowMs = sliceMs + 100_000;
    await pipeline.thread.runUntilIdle();
    const { metrics } = await pipeline.report();
    const values: readonly HistogramValue[] = named(metrics, "gdelt_freshness_seconds").values;
    const of = (suffix: string, le?: string) =>
      values.find(
        ({ metricName, labels }) =>
          metricName === `gdelt_freshness_seconds_${suffix}` &&
          labels["sink"] === "silver-events-lake" &&
          (le === undefined || String(labels["le"]) === le),
      )!.value;
    assert.deepEqual([of("count"), of("sum")], [1, 100]);
    assert.deepEqual([of("bucket", "60"), of("bucket", "120")], [0, 1]);
  });

  test("rows are fresh, late, or of a backfill, by the age of their slice when it is in the table", async () => {
    const pipeline = await MemoryPipeline.open(1);
    const rows = async () => {
      const { metrics } = await pipeline.report();
      return ["rows", "good_rows"].map(
        (kind) => valuesOf(metrics, `gdelt_freshness_${kind}_total`)["bronze-events-lake"]!,
      );
    };
    const publishAt = async (ageMs: number) => {
      pipeline.nowMs = (await pipeline.publish()) + ageMs;
      await pipeline.thread.runUntilIdle();
    };
    await publishAt(FRESH_SECONDS * 1000);
    const [fresh, good] = await rows();
    assert.ok(fresh! > 0 && good === fresh);
    await publishAt(FRESH_SECONDS * 1000 + 1);
    const [withLate, stillGood] = await rows();
    assert.ok(withLate! > fresh! && stillGood === good);
    await publishAt(BACKFILL_SECONDS * 1000 + 1);
    assert.deepEqual(await rows(), [withLate, good]);
  });

  test("what was read is held against what the ends of slices say, and in time", async () => {
    const pipeline = await MemoryPipeline.open(2);
    for (let slice = 0; slice < 3; slice++) await pipeline.publish();
    await pipeline.thread.runUntilIdle();
    const { metrics } = await pipeline.report();
    const audits = valuesOf(metrics, "gdelt_slice_audits_total");
    // Reading begins before the first end, which proves nothing; two of each feed follow.
    assert.equal(audits["events-source ok"], 2 * 2);
    assert.equal(audits["silver-events-lake ok"], 2 * 2);
    // Both tasks of the first join write there.
    assert.equal(audits["attributed-source ok"] ?? 0, 0);
    const differs = Object.entries(audits).filter(([name, n]) => name.endsWith("differs") && n > 0);
    assert.deepEqual(differs, []);
    const late: readonly HistogramValue[] = named(metrics, "gdelt_record_lateness_seconds").values;
    const sums = late.filter(({ metricName }) => metricName?.endsWith("_sum"));
    assert.ok(sums.length >= 4 && sums.every(({ value }) => value === 0));
    const waits: readonly HistogramValue[] = named(metrics, "gdelt_join_wait_seconds").values;
    const complete = valuesOf(metrics, "gdelt_join_outcomes_total")["events complete"]!;
    assert.ok(complete > 0);
    assert.equal(waits.find(({ metricName }) => metricName?.endsWith("_count"))!.value, complete);
  });

  test("watermarks are the newest slices that have ended, and the skew is between the sources of a task", async () => {
    const pipeline = await MemoryPipeline.open(2);
    await pipeline.publish();
    await pipeline.publish();
    await pipeline.thread.runUntilIdle();
    const { metrics } = await pipeline.report();
    const watermarks = valuesOf(metrics, "gdelt_watermark_timestamp_seconds");
    assert.deepEqual(new Set(Object.values(watermarks)), new Set([(FIRST_MS + SLICE_MS) / 1000]));
    assert.deepEqual(Object.keys(watermarks).length, 4);
    const skew = valuesOf(metrics, "gdelt_watermark_skew_seconds");
    assert.deepEqual(new Set(Object.values(skew)), new Set([0]));
  });

  test("series are as many as nodes and partitions ask for, and no more come with the rows", async () => {
    const counts = new Map<number, Map<string, number>>();
    for (const partitions of [2, 5]) {
      const pipeline = await MemoryPipeline.open(partitions);
      const sizes: number[] = [];
      for (let slice = 0; slice < 4; slice++) {
        await pipeline.publish();
        await pipeline.thread.runUntilIdle();
        const { metrics } = await pipeline.report();
        sizes.push(metrics.reduce((sum, metric) => sum + metric.values.length, 0));
        const labels = metrics.flatMap(({ values }) =>
          values.flatMap((one) => Object.values(one.labels)),
        );
        const strange = labels.filter((label) => !/^[\w.+-]{1,50}$/.test(String(label)));
        assert.deepEqual(strange, []);
        counts.set(
          partitions,
          new Map(metrics.map((metric) => [metric.name, seriesOf(metric).length])),
        );
      }
      // The first slice of this feed opens the last of them.
      assert.equal(new Set(sizes.slice(1)).size, 1, sizes.join(", "));
      assert.ok(sizes[0]! < 1500, `${sizes[0]} series`);
    }
    const growing = [...counts.get(5)!].filter(
      ([name, count]) => count !== counts.get(2)!.get(name),
    );
    // Of 4 sources and 8 tables one reads the topic of slices, which has one partition.
    const inputs = 4 + 8 - 1;
    assert.deepEqual(Object.fromEntries(growing), {
      gdelt_consumer_lag_records: inputs * 5 + 1,
      gdelt_consumer_lag_seconds: inputs * 5 + 1,
      gdelt_consumer_retention_left_records: inputs * 5 + 1,
      gdelt_checkpoint_last_success_timestamp_seconds: 2 * 5,
    });
  });

  test("counters and histograms are there, at 0, before anything has happened", async () => {
    const pipeline = await MemoryPipeline.open(2);
    // Its values are those of the registry, which go on.
    const before = structuredClone(await pipeline.reporter.registry.snapshot());
    await pipeline.publish();
    await pipeline.thread.runUntilIdle();
    const { metrics } = await pipeline.report();
    const ofTime = /^nodejs_|^process_|_cpu_/;
    for (const metric of metrics) {
      if (String(metric.type) === "gauge" || ofTime.test(metric.name)) continue;
      const begun = before.find(({ name }) => name === metric.name)!;
      assert.deepEqual(new Set(seriesOf(begun)), new Set(seriesOf(metric)), metric.name);
      assert.ok(
        begun.values.every(({ value }) => value === 0),
        metric.name,
      );
    }
  });
});
