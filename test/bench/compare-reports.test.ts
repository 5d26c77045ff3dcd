import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AnswerSum } from "../../bench/peers/answer.ts";
import { compareReports } from "../../bench/peers/compare-reports.ts";
import type { Figures, Result } from "../../bench/peers/measure.ts";
import { ratiosOf } from "../../bench/peers/ratios.ts";
import { type Report, ratiosLine, reportText } from "../../bench/peers/report.ts";
import { ConfigError } from "../../src/record/errors.ts";

const FIGURES: Figures = {
  seconds: 10,
  rowsPerSecond: 1000,
  mbPerSecond: 2,
  cpuSeconds: 12,
  brokerCpuSeconds: 1,
  peakRssMb: 500,
  brokerMb: 40,
  othersCpuSeconds: 0,
};

const result = (name: string, changes: Partial<Figures> | string = {}): Result =>
  typeof changes === "string"
    ? { name, title: name, figures: null, reason: changes }
    : { name, title: name, figures: { ...FIGURES, ...changes }, reason: null };

const report = (results: readonly Result[], rows = 10_000): Report => ({
  machine: "one",
  load: [0, 0, 0],
  versions: {},
  input: { slices: 8, seed: 1, rows, mb: 20, records: 5, checksum: "7" },
  results,
  ratios: ratiosOf(results),
});

describe("the gate", () => {
  const before = report([result("ours-replay"), result("streams-exactly_once_v2")]);

  test("lets pass what is better, or worse by a fifth at most", () => {
    const now = { rowsPerSecond: 810, cpuSeconds: 14.3, peakRssMb: 300 };
    assert.deepEqual(compareReports(before, report([result("ours-replay", now)])), []);
  });

  test("says each figure of ours that is worse, and nothing of the peers", () => {
    const now = report([
      result("ours-replay", { rowsPerSecond: 700, cpuSeconds: 18, peakRssMb: 601 }),
      result("streams-exactly_once_v2", { rowsPerSecond: 1 }),
    ]);
    assert.deepEqual(compareReports(before, now), [
      "ours-replay: rowsPerSecond 1000 → 700 (-30 %)",
      "ours-replay: cpuSeconds 12 → 18 (+50 %)",
      "ours-replay: peakRssMb 500 → 601 (+20 %)",
    ]);
  });

  test("fails when ours has no number any more, and refuses another load", () => {
    assert.deepEqual(compareReports(before, report([result("ours-replay", "wrong")])), [
      "ours-replay has no number any more: wrong",
    ]);
    assert.throws(() => compareReports(before, report([], 9_999)), ConfigError);
  });
});

test("a ratio is there when both sides are right, and says why not otherwise", () => {
  const ratios = ratiosOf([
    result("ours-kafka-exactly_once-2", { rowsPerSecond: 5000, cpuSeconds: 6 }),
    result("streams-exactly_once_v2"),
    result("spark", "not installed"),
    result("ours-kafka-delta-exactly_once-2"),
  ]);
  const byName = new Map(ratios.map((ratio) => [ratio.name, ratio]));
  assert.deepEqual(
    ["topicToStreams", "cpuToStreams", "rssToStreams"].map((name) => {
      const { value, isMet } = byName.get(name)!;
      return [value, isMet];
    }),
    [
      [5, true],
      [0.5, false],
      [1, false],
    ],
  );
  assert.equal(byName.get("deltaToSpark")!.reason, "spark: not installed");
  assert.equal(byName.get("replayToDuckdb")!.reason, "ours-replay: did not run");
  const line = JSON.parse(ratiosLine(ratios)) as Record<string, unknown>;
  assert.equal(line["topicToStreams"], 5);
  assert.deepEqual(line["deltaToSpark"], { value: null, reason: "spark: not installed" });
  assert.equal(Object.keys(line).length, 11);
});

test("a report names who has no number, and tells no number of him", () => {
  const text = reportText(report([result("ours-replay"), result("spark", "a | b\nc")]));
  assert.match(text, /^\| spark \| none: a \/ b c \| {2}\|/m);
  assert.match(text, /^\| ours-replay \| 1,000 \| 2 \| 10 \| 12 \| 1 \| 500 \| 40 \| 0 \|$/m);
});

test("a sum of records does not depend on their order, and tells one too many", () => {
  const sumOf = (...keys: string[]) => {
    const sum = new AnswerSum();
    for (const key of keys) sum.add(key);
    return sum.answer;
  };
  assert.deepEqual(sumOf("1\ta\tx", "2\tb\ty"), sumOf("2\tb\ty", "1\ta\tx"));
  // By hand: the first fifteen digits of the MD5.
  assert.deepEqual(sumOf(""), { count: 1, checksum: String(BigInt("0xd41d8cd98f00b20")) });
  assert.equal(sumOf("a", "a").count, 2);
});
