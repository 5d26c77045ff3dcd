import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { filter } from "../../src/operators/filter.ts";
import { batchOf, openOperator } from "./operator-harness.ts";
import { statelessSuite, throwing } from "./stateless-suite.ts";

statelessSuite("filter", {
  operator: () => filter((value: number, at) => value > 0 && at < 500),
  value: fc.integer(),
  each: (row) => (row.value > 0 && row.at < 500 ? [row] : []),
  throwing: () => filter(throwing),
});

test("filter emits no empty batch, and passes a batch on untouched when it keeps every row", () => {
  const harness = openOperator(filter((value: number) => value > 0));
  assert.deepEqual(harness.push("input", batchOf([{ value: -1, at: 0 }])), []);
  const batch = batchOf([{ value: 1, at: 0 }]);
  assert.equal(harness.push("input", batch)[0], batch);
});
