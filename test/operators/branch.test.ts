import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { branch } from "../../src/operators/branch.ts";
import { batchOf, openOperator, rowsOf } from "./operator-harness.ts";
import { statelessSuite, throwing } from "./stateless-suite.ts";

statelessSuite("a branch with one predicate", {
  operator: () => branch({ even: (value: number) => value % 2 === 0 }),
  value: fc.integer(),
  each: (row) => (row.value % 2 === 0 ? [row] : []),
  throwing: () => branch({ any: throwing }),
});

test("branch sends each row to the first branch that takes it, and drops what none takes", () => {
  const harness = openOperator(
    branch({ small: (value: number) => value < 10, even: (value) => value % 2 === 0 }),
  );
  const rows = [1, 12, 4, 13, 14].map((value) => ({ key: `k${value}`, value, at: -value }));
  const batches = harness.push("input", batchOf(rows));
  assert.deepEqual(
    batches.map((batch) => [batch.output, rowsOf(batch).map(({ value }) => value)]),
    [
      ["small", [1, 4]],
      ["even", [12, 14]],
    ],
  );
  assert.deepEqual(rowsOf(batches[1]!)[0], { key: "k12", value: 12, at: -12 });
});
