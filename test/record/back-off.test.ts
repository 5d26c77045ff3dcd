import assert from "node:assert/strict";
import { test } from "node:test";
import { backOffMs } from "../../src/record/back-off.ts";

const backOff = { firstMs: 100, mostMs: 3_000 };

test("the bound of the wait doubles with each failure, up to the most", () => {
  const bounds = [1, 2, 3, 4, 5, 6, 7, 2_000].map((n) => backOffMs(n, backOff, () => 1));
  assert.deepEqual(bounds, [100, 200, 400, 800, 1600, 3000, 3000, 3000]);
});

test("a wait is a random part of its bound", () => {
  assert.equal(
    backOffMs(2, backOff, () => 0.25),
    50,
  );
  assert.equal(
    backOffMs(9, backOff, () => 0),
    0,
  );
});
