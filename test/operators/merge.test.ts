import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rows } from "../../src/operators/batch.ts";
import { merge } from "../../src/operators/merge.ts";
import { batchOf, OperatorHarness, rowsOf } from "./operator-harness.ts";

const open = () =>
  new OperatorHarness<Readonly<Record<string, Rows<number>>>, Rows<number>>(merge<Rows<number>>(), [
    "a",
    "b",
    "c",
  ]);

test("merge passes the batches of all inputs on as they come, whatever their times", () => {
  const harness = open();
  const batches = [
    ["b", batchOf([{ value: 1, at: 9 }])],
    ["a", batchOf([{ value: 2, at: 3 }])],
    ["b", batchOf([{ value: 3, at: 1 }])],
  ] as const;
  for (const [side, batch] of batches) assert.equal(harness.push(side, batch)[0], batch);
  assert.deepEqual(harness.push("c", batchOf<number>([])).flatMap(rowsOf), []);
});

test("merge emits nothing while nothing comes, and ends when every input has ended", () => {
  const harness = open();
  assert.deepEqual(harness.end(), []);
  assert.equal(harness.complete(), true);
});
