import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { selectKey } from "../../src/operators/select-key.ts";
import { batchOf, openOperator, rowsOf } from "./operator-harness.ts";
import { statelessSuite, throwing } from "./stateless-suite.ts";

statelessSuite("selectKey", {
  operator: () => selectKey((value: string, at) => `${value}${at}`),
  value: fc.string({ unit: "grapheme", maxLength: 3 }),
  each: (row) => [{ ...row, key: `${row.value}${row.at}` }],
  throwing: () => selectKey(throwing),
});

test("selectKey takes bytes as they are, and gives keys to rows that had none", () => {
  const harness = openOperator(selectKey((value: number) => Uint8Array.of(value, 0x41)));
  const [batch] = harness.push("input", batchOf([{ value: 66, at: 1 }]));
  assert.deepEqual(rowsOf(batch!), [{ key: "BA", value: 66, at: 1 }]);
});
