import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { byteColumn, keyText, takeRows, ValueRows, valueBatch } from "../../src/operators/batch.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { batchOf, type Row, rowsOf } from "./operator-harness.ts";

const row: fc.Arbitrary<Row<number>> = fc.record(
  { key: fc.string(), value: fc.integer(), at: fc.integer() },
  { noNullPrototype: true },
);
const rowsAndChoice = fc
  .array(row, { minLength: 1 })
  .chain((rows) => fc.tuple(fc.constant(rows), fc.array(fc.nat(rows.length - 1))));

test("a choice of rows takes values, keys and times along, in the order of the choice", () => {
  fc.assert(
    fc.property(rowsAndChoice, ([rows, choice]) => {
      const taken = takeRows(batchOf(rows), Int32Array.from(choice));
      assert.equal(taken.length, choice.length);
      assert.deepEqual(
        rowsOf(taken),
        choice.map((at) => rows[at]),
      );
    }),
    propertyRuns(100),
  );
});

test("a choice of rows is no longer the records it came from, and keeps its output", () => {
  const batch = { ...batchOf([{ value: 1, at: 0 }]), output: "half" };
  const taken = takeRows(batch, Int32Array.of(0));
  assert.equal(taken.records, null);
  assert.equal(taken.keys, null);
  assert.equal(taken.output, "half");
});

test("keys are told apart by their bytes, also where they are no text", () => {
  const keys = byteColumn([Uint8Array.of(0xff), Uint8Array.of(0xfe), new Uint8Array(0)]);
  assert.equal(new Set([0, 1, 2].map((at) => keyText(keys, at))).size, 3);
  const within = { ...keys, bytes: Buffer.concat([Buffer.from("ab"), keys.bytes]).subarray(2) };
  assert.equal(keyText(within, 1), keyText(keys, 1));
});

test("a batch of values belongs to the main output unless another is named", () => {
  const from = { partition: 2, keys: null, timestampsMs: new Float64Array(1) };
  assert.deepEqual(valueBatch([7], from), {
    rows: new ValueRows([7]),
    length: 1,
    partition: 2,
    keys: null,
    timestampsMs: new Float64Array(1),
    records: null,
    output: "main",
  });
  assert.equal(valueBatch([7], { ...from, output: "other" }).output, "other");
});
