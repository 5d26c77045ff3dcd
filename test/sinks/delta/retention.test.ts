import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import { logRetentionMs, removedFileRetentionMs } from "../../../src/sinks/delta/retention.ts";

const dayMs = 86_400_000;
const tableWith = (configuration: Record<string, string>) => ({
  id: "t",
  format: { provider: "parquet", options: {} },
  schemaString: "{}",
  partitionColumns: [],
  configuration,
});

test("a table that says nothing keeps removed files for a week and versions for 30 days", () => {
  assert.equal(removedFileRetentionMs(tableWith({})), 7 * dayMs);
  assert.equal(logRetentionMs(tableWith({})), 30 * dayMs);
});

test("a table says how long in the intervals of other writers", () => {
  const cases: [string, number][] = [
    ["interval 1 week", 7 * dayMs],
    ["interval 45 days", 45 * dayMs],
    ["INTERVAL 2 DAYS 12 HOURS", 2.5 * dayMs],
    ["36 hours", 1.5 * dayMs],
    ["interval 90 minutes 30 seconds", 5_430_000],
  ];
  for (const [text, ms] of cases) {
    assert.equal(
      removedFileRetentionMs(tableWith({ "delta.deletedFileRetentionDuration": text })),
      ms,
    );
    assert.equal(logRetentionMs(tableWith({ "delta.logRetentionDuration": text })), ms);
  }
});

test("what is no interval, or one of months, is refused with the property", () => {
  for (const text of [
    "",
    "soon",
    "interval",
    "interval 1 month",
    "interval 7 days or so",
    "-1 days",
  ]) {
    assert.throws(
      () => logRetentionMs(tableWith({ "delta.logRetentionDuration": text })),
      (error: Error) => error instanceof ConfigError && /logRetentionDuration/.test(error.message),
      text,
    );
  }
});
