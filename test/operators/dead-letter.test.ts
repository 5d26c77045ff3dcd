import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rows } from "../../src/operators/batch.ts";
import { deadLetter } from "../../src/operators/dead-letter.ts";
import { jsonSerde } from "../../src/operators/serde.ts";
import { undecodable, valueDeserializer } from "../../src/topology/value-serdes.ts";
import { openOperator, rowsOf } from "./operator-harness.ts";
import { recordsOf } from "./raw-records.ts";

const read = valueDeserializer(jsonSerde<number>())();

test("deadLetter lets good rows through and hands the others on with place and reason", () => {
  const harness = openOperator(deadLetter<Rows<number>>(undecodable));
  const records = recordsOf(["1", "{", "3", "nope"], 100);
  const [batch] = harness.push("input", read(records));
  assert.deepEqual(rowsOf(batch!), [
    { value: 1, at: 0 },
    { value: 3, at: 2 },
  ]);
  assert.deepEqual(
    harness.letters.map(({ row, reason }) => [row, reason]),
    [
      [1, "raw-0 offset 101: not JSON: {"],
      [3, "raw-0 offset 103: not JSON: nope"],
    ],
  );
  assert.equal(harness.letters[0]!.records, records);
});

test("deadLetter passes a good batch on untouched, and emits no empty one", () => {
  const harness = openOperator(deadLetter<Rows<number>>(undecodable));
  const good = read(recordsOf(["1", "2"], 0));
  assert.equal(harness.push("input", good)[0], good);
  assert.deepEqual(harness.push("input", read(recordsOf(["x"], 2))), []);
});

test("deadLetter asks the check about rows of any kind, and hands its error to the subscriber", () => {
  const harness = openOperator(
    deadLetter<Rows<number>>((batch, row) => {
      if (batch.timestampsMs[row] === 1) throw new Error("thrown by the user");
      return null;
    }),
  );
  assert.throws(() => harness.push("input", read(recordsOf(["1", "2"], 0))), /thrown by the user/);
});

test("deadLetter fails on rows that are not those of a source, which have no place", () => {
  const harness = openOperator(deadLetter<Rows<number>>(undecodable));
  const { records, ...batch } = read(recordsOf(["1"], 0));
  assert.ok(records);
  assert.throws(() => harness.push("input", { ...batch, records: null }), /right after a source/);
});
