import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  Decimal,
  Dictionary,
  Field,
  Int8,
  Int16,
  Int32,
  LargeUtf8,
  List,
  Map_,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { splitByDate } from "../../../src/sinks/delta/date-partition.ts";
import { takeRows } from "../../../src/sinks/delta/take-rows.ts";
import { batchOf, propertyRuns, schema } from "./delta-fixture.ts";

const plain = (batch: RecordBatch): string[] =>
  batch
    .toArray()
    .map((row) =>
      JSON.stringify(row, (_, value) => (typeof value === "bigint" ? `${value}n` : value)),
    );

/** Every type there is, over and over, with nulls. */
function allTypes(length: number): RecordBatch {
  const pair = new Struct<{ a: Int32; b: Utf8 }>([
    new Field("a", new Int32(), true),
    new Field("b", new Utf8(), true),
  ]);
  const entry = new Struct<{ key: Utf8; value: Int32 }>([
    new Field("key", new Utf8(), false),
    new Field("value", new Int32(), true),
  ]);
  const or = (i: number, value: unknown) => (i % 3 === 0 ? null : value);
  const columns: [Field["type"], (i: number) => unknown][] = [
    [new Int8(), (i) => i % 100],
    [new Int16(), (i) => i * 3],
    [new LargeUtf8(), (i) => `large ${i}`],
    [new Binary(), (i) => Uint8Array.of(i, 255)],
    [new Decimal(2, 20), (i) => Uint32Array.of(i, i + 1, 0, 0)],
    [new Dictionary(new Utf8(), new Int32()), (i) => `word ${i % 4}`],
    [
      new List(new Field("element", new List(new Field("element", new Utf8(), true)), true)),
      (i) => [[`${i}`], [], ["x", null]].slice(0, i % 4),
    ],
    [
      new List(new Field("element", pair, true)),
      (i) =>
        [
          { a: i, b: null },
          { a: null, b: "b" },
        ].slice(i % 3),
    ],
    [pair, (i) => ({ a: i, b: `${i}` })],
    [new Map_(new Field("entries", entry, false)), (i) => new Map([[`k${i}`, i]])],
  ];
  const mine = columns.map(([type], i) => new Field(`x${i}`, type, true));
  const children = columns.map(
    ([type, value]) =>
      vectorFromArray(Array.from({ length }, (_, i) => or(i, value(i))) as never, type).data[0]!,
  );
  const rows = Array.from({ length }, (_, i) => ({
    id: i,
    name: or(i + 1, "n".repeat(i % 5)) as string | null,
    tone: or(i, i / 4) as number | null,
    root: or(i + 2, i % 2 === 0) as boolean | null,
    day: or(i, "2024-02-29") as string | null,
    themes: ["A", "BB", "CCC"].slice(0, i % 4),
    slice: or(i, "2024-01-01T00:00:00Z") as string | null,
  }));
  const fields = [...schema.fields, ...mine];
  const data = makeData({
    type: new Struct(fields),
    length,
    nullCount: 0,
    children: [...batchOf(rows).data.children, ...children],
  });
  return new RecordBatch(new Schema(fields), data);
}

test("taken rows are the rows, of every type, in any order and number, of slices too", () => {
  const whole = allTypes(40);
  propertyRuns(
    fc.property(
      fc.array(fc.nat({ max: 39 }), { maxLength: 60 }),
      fc.nat({ max: 39 }),
      fc.boolean(),
      (picked, from, sorted) => {
        const batch = whole.slice(from);
        const rows = picked.map((row) => row % batch.numRows);
        if (sorted) rows.sort((a, b) => a - b);
        const expected = plain(batch);
        const taken = takeRows(batch, Int32Array.from(rows));
        assert.equal(taken.numRows, rows.length);
        assert.deepEqual(
          plain(taken),
          rows.map((row) => expected[row]),
        );
      },
    ),
    60,
  );
});

const times = ["2024-01-01T23:59:59.999Z", "2024-01-02T00:00:00Z", "1969-12-31T23:59:59Z", null];

test("rows are split by their UTC date, each in the order it came, none lost", () => {
  propertyRuns(
    fc.property(
      fc.array(
        fc.array(fc.tuple(fc.constantFrom(...times), fc.integer({ min: 1, max: 90 })), {
          maxLength: 6,
        }),
        { maxLength: 3 },
      ),
      (batches) => {
        let id = 0;
        const given = batches.map((runs) =>
          runs.flatMap(([slice, length]) => Array.from({ length }, () => ({ id: id++, slice }))),
        );
        const expected = new Map<string | null, number[]>();
        for (const { id: row, slice } of given.flat()) {
          const date = slice?.slice(0, 10) ?? null;
          expected.set(date, [...(expected.get(date) ?? []), row]);
        }
        const split = splitByDate(
          given.map((rows) => batchOf(rows)),
          "slice",
        );
        const found = split.map(({ date, batches: parts }) => [
          date,
          parts.flatMap((part) => [...part.getChild("id")!].map(Number)),
        ]);
        assert.deepEqual(found, [...expected]);
      },
    ),
    60,
  );
});

test("a batch of one date is passed on as it is, and dates in turn do not make slices of a row", () => {
  const same = batchOf(Array.from({ length: 100 }, (_, id) => ({ id })));
  const [only] = splitByDate([same], "slice");
  assert.equal(only?.batches[0], same);
  const mixed = batchOf(
    Array.from({ length: 1000 }, (_, id) => ({ id, slice: `2024-01-0${1 + (id % 2)}T12:00:00Z` })),
  );
  const split = splitByDate([mixed], "slice");
  assert.deepEqual(
    split.map(({ batches }) => batches.length),
    [1, 1],
  );
});
