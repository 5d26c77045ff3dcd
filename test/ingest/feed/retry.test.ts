import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { retryDelayMs } from "../../../src/ingest/feed/retry.ts";
import { propertyRuns } from "../property-runs.ts";

const POLICY = { firstMs: 1000, longestMs: 60_000 };

test("the wait doubles with each failure up to the longest, half of it random", () => {
  const range = (failures: number) =>
    [0, 0.999_999].map((random) => retryDelayMs(POLICY, failures, () => random, null));
  assert.deepEqual(range(1), [500, 1000]);
  assert.deepEqual(range(2), [1000, 2000]);
  assert.deepEqual(range(5), [8000, 16_000]);
  assert.deepEqual(range(7), [30_000, 60_000]);
  assert.deepEqual(range(5000), [30_000, 60_000]);
});

test("what the server asks for is granted, within bounds", () => {
  const delay = (retryAfterMs: number) => retryDelayMs(POLICY, 1, () => 0, retryAfterMs);
  assert.deepEqual([0, 400, 20_000, 1e9].map(delay), [500, 500, 20_000, 60_000]);
});

test("there is always a wait, never longer than the longest", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e6 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.option(fc.nat()),
      (failures, random, retryAfterMs) => {
        const delayMs = retryDelayMs(POLICY, failures, () => random, retryAfterMs);
        assert(delayMs >= POLICY.firstMs / 2 && delayMs <= POLICY.longestMs, `${delayMs}`);
      },
    ),
    propertyRuns(200),
  );
});
