import assert from "node:assert/strict";
import { test } from "node:test";
import { worthCompacting } from "../../../src/sinks/delta/worth-compacting.ts";
import { batchOf, openTable, surroundings } from "./delta-fixture.ts";

const HOUR_MS = 3_600_000;
const rule = { fileBytesMin: 1 << 20, smallFilesMax: 3, quietMs: 6 * HOUR_MS };

/** A table with so many files of each of these days, written an hour after one another. */
async function tableOf(files: Readonly<Record<string, number>>) {
  let plusMs = 0;
  const around = surroundings();
  const clock = { nowMs: () => around.clock.nowMs() + plusMs };
  const { table } = await openTable({ ...around, clock });
  for (const [day, count] of Object.entries(files)) {
    for (let id = 0; id < count; id++) {
      await table.append([batchOf([{ id, slice: `${day}T00:00:00Z` }])], []);
    }
    plusMs += HOUR_MS;
  }
  const pass = (ms: number) => {
    plusMs += ms;
  };
  return { table, pass };
}

test("a day of more small files than may be is worth it, one of as many is not", async () => {
  const { table } = await tableOf({ "2024-01-01": 3, "2024-01-02": 4, "2024-01-03": 1 });
  assert.deepEqual(worthCompacting(table, rule), ["2024-01-02"]);
});

test("two small files are worth it when it has become quiet, one never is", async () => {
  const { table, pass } = await tableOf({ "2024-01-01": 2, "2024-01-02": 1, "2024-01-03": 2 });
  assert.deepEqual(worthCompacting(table, rule), []);
  pass(4 * HOUR_MS);
  assert.deepEqual(worthCompacting(table, rule), ["2024-01-01"]);
  pass(30 * 24 * HOUR_MS);
  assert.deepEqual(worthCompacting(table, rule), ["2024-01-01", "2024-01-03"]);
});

test("a file that is large enough does not count", async () => {
  const { table } = await tableOf({ "2024-01-01": 10 });
  assert.deepEqual(worthCompacting(table, { ...rule, fileBytesMin: 1 }), []);
});
