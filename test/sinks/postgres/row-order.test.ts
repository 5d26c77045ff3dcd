import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Field,
  Int32,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { orderRows } from "../../../src/sinks/postgres/row-order.ts";
import { batchOf, propertyRuns } from "../delta/delta-fixture.ts";

const row = fc.record({
  id: fc.integer({ min: -3, max: 3 }).map((n) => n * 2 ** 33 + n),
  generation: fc.integer({ min: 1, max: 2 }),
  revision: fc.integer({ min: 1, max: 3 }),
});

test("of each key the newest row is kept, the first of equal ones, in the order of the keys", () => {
  propertyRuns(
    fc.property(fc.array(fc.array(row, { minLength: 1 })), (batches) => {
      const sources = batches.map((rows, offset) => ({ rows: batchOf(rows), offset, before: 0 }));
      const ordered = orderRows(sources, ["id"], ["generation", "revision"]);
      const found = Array.from(ordered.rowOf, (at, i) => batches[ordered.batchOf[i]!]![at]!);
      const newest = new Map<number, (typeof found)[number]>();
      for (const each of batches.flat()) {
        const known = newest.get(each.id);
        const rank = each.generation * 10 + each.revision;
        if (known === undefined || rank > known.generation * 10 + known.revision) {
          newest.set(each.id, each);
        }
      }
      const expected = [...newest.values()].sort((a, b) => a.id - b.id);
      // The very objects: of equal ones the first.
      assert.equal(found.length, expected.length);
      for (const [i, each] of found.entries()) assert.equal(each, expected[i]);
      assert.equal(ordered.length, found.length);
    }),
    200,
  );
});

test("without a rank all rows are kept, as they came", () => {
  const sources = [[3, 1], [2], [1]].map((ids, offset) => ({
    rows: batchOf(ids.map((id) => ({ id }))),
    offset,
    before: 0,
  }));
  const { batchOf: batches, rowOf, length } = orderRows(sources, ["id"], null);
  assert.deepEqual([[...batches], [...rowOf], length], [[0, 0, 1, 2], [0, 1, 0, 0], 4]);
});

test("text keys are sorted by their bytes, short ones before those they begin", () => {
  const fields = [
    new Field("key", new Utf8(), false),
    new Field("generation", new Int32(), false),
    new Field("revision", new Int32(), false),
  ];
  const keys = ["b", "", "ab", "a", "é", "aaaaaa"];
  const children = [keys, keys.map(() => 1), keys.map(() => 1)].map(
    (values, i) => vectorFromArray(values as never, fields[i]!.type).data[0]!,
  );
  const type = new Struct(fields);
  const data = makeData({ type, length: keys.length, nullCount: 0, children });
  const rows = new RecordBatch(new Schema(fields), data);
  const { rowOf } = orderRows(
    [{ rows, offset: 0, before: 0 }],
    ["key"],
    ["generation", "revision"],
  );
  assert.deepEqual(
    Array.from(rowOf, (at) => keys[at]),
    ["", "a", "aaaaaa", "ab", "b", "é"],
  );
});
