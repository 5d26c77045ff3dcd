import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  Bool,
  DateDay,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Schema,
  TimestampMicrosecond,
  TimestampMillisecond,
  Utf8,
} from "apache-arrow";
import fc from "fast-check";
import { ArrowBatchBuilder, decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import type {
  BinaryDictionaryColumn,
  BytesColumn,
  TextListColumn,
} from "../../src/record/arrow/byte-columns.ts";
import type {
  BoolColumn,
  Float64Column,
  Int32Column,
  Int64Column,
} from "../../src/record/arrow/number-columns.ts";

const schema = new Schema([
  new Field("i32", new Int32(), true),
  new Field("day", new DateDay(), true),
  new Field("i64", new Int64(), true),
  new Field("ms", new TimestampMillisecond("UTC"), true),
  new Field("us", new TimestampMicrosecond("UTC"), true),
  new Field("f64", new Float64(), true),
  new Field("bool", new Bool(), true),
  new Field("text", new Utf8(), true),
  new Field("list", new List(new Field("element", new Utf8(), false)), true),
  new Field("dictionary", new Dictionary(new Binary(), new Int32(), 0), true),
]);

const safe = fc.maxSafeInteger();
const row = fc.record({
  i32: fc.option(fc.integer()),
  i64: fc.option(safe),
  ms: fc.option(fc.integer({ min: -1e13, max: 1e13 })),
  f64: fc.option(fc.double({ noNaN: true })),
  bool: fc.option(fc.boolean()),
  text: fc.option(fc.string({ unit: "grapheme", maxLength: 90 })),
  list: fc.option(fc.array(fc.string({ unit: "grapheme", maxLength: 8 }), { maxLength: 5 })),
  shared: fc.option(fc.constantFrom("one", "two", "three")),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

function fill(builder: ArrowBatchBuilder, rows: readonly Row[]): Uint8Array {
  const number = (name: string, value: number | null) => {
    const column = builder.column<Int32Column | Int64Column | Float64Column>(name);
    if (value === null) column.appendNull();
    else column.append(value);
  };
  const dictionary = builder.column<BinaryDictionaryColumn>("dictionary");
  const known = new Map<string, number>();
  for (const { i32, i64, ms, f64, bool, text, list, shared } of rows) {
    number("i32", i32);
    number("day", i32);
    number("i64", i64);
    number("ms", ms);
    number("us", ms);
    number("f64", f64);
    const bools = builder.column<BoolColumn>("bool");
    if (bool === null) bools.appendNull();
    else bools.append(bool);
    const texts = builder.column<BytesColumn>("text");
    if (text === null) texts.appendNull();
    else texts.appendString(text);
    const lists = builder.column<TextListColumn>("list");
    for (const item of list ?? []) lists.item(Buffer.from(item), 0, Buffer.byteLength(item));
    if (list === null) lists.appendNull();
    else lists.endList();
    if (shared === null) dictionary.appendNull();
    else {
      if (!known.has(shared)) {
        known.set(shared, dictionary.value(Buffer.from(shared), 0, shared.length));
      }
      dictionary.append(known.get(shared)!);
    }
  }
  return builder.encode();
}

function readBack(bytes: Uint8Array): unknown[] {
  const [batch] = decodeArrow(bytes);
  const value = (name: string, at: number) => batch!.getChild(name)!.get(at);
  return Array.from({ length: batch!.numRows }, (_, at) => {
    const dictionary = value("dictionary", at) as Uint8Array | null;
    const us = batch!.getChild("us")!;
    const micros = us.isValid(at) ? (us.data[0]!.values as BigInt64Array)[at]! : null;
    return {
      i32: value("i32", at),
      i64: value("i64", at) === null ? null : Number(value("i64", at)),
      ms: value("ms", at),
      us: micros === null ? null : Number(micros) / 1000,
      f64: value("f64", at),
      bool: value("bool", at),
      text: value("text", at),
      list: value("list", at) === null ? null : [...(value("list", at) as Iterable<string>)],
      shared: dictionary === null ? null : Buffer.from(dictionary).toString(),
    };
  });
}

test("what is appended is what an Arrow reader reads, batch after batch of one builder", () => {
  const builder = new ArrowBatchBuilder(schema);
  const property = fc.property(fc.array(row, { maxLength: 40 }), (rows) => {
    const expected = rows.map(({ ms, ...rest }) => ({ ...rest, ms, us: ms }));
    const actual = readBack(fill(builder, rows));
    assert.deepEqual(
      actual,
      expected.map(({ i32, i64, ms, us, f64, bool, text, list, shared }) => ({
        i32,
        i64,
        ms,
        us,
        f64,
        bool,
        text,
        list,
        shared,
      })),
    );
  });
  const runs = Number(process.env["STREAMS_RUNS"] ?? 200);
  const seed = process.env["STREAMS_SEED"];
  fc.assert(property, { numRuns: runs, ...(seed && { seed: Number(seed) }) });
});

test("columns of different lengths are refused by name", () => {
  const builder = new ArrowBatchBuilder(schema);
  builder.column<Int32Column>("i32").append(1);
  assert.throws(() => builder.encode(), /column day has 0 rows, the first has 1/);
});
