import assert from "node:assert/strict";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeBinary,
  LargeUtf8,
  List,
  Map_,
  Schema,
  Struct,
  TimestampMillisecond,
  Utf8,
} from "apache-arrow";
import { parquetReadObjects } from "hyparquet";
import { asTableBatch } from "../../src/sinks/batch-shape.ts";
import { encodeParquet } from "../../src/sinks/delta/encoder.ts";
import { batchOf, schema } from "./delta/delta-fixture.ts";

test("missing columns at the end are nulls in the file, whatever their type", async () => {
  const entry = new Struct<{ key: Utf8; value: Int32 }>([
    new Field("key", new Utf8(), false),
    new Field("value", new Int32(), true),
  ]);
  const types = [
    new Int8(),
    new Int16(),
    new Int32(),
    new Int64(),
    new Float32(),
    new Float64(),
    new Bool(),
    new Utf8(),
    new LargeUtf8(),
    new Binary(),
    new LargeBinary(),
    new DateDay(),
    new TimestampMillisecond("UTC"),
    new Decimal(2, 20),
    new Dictionary(new Utf8(), new Int32()),
    new List(new Field("element", new Utf8(), false)),
    new Struct([new Field("a", new Int32(), true), new Field("b", new Utf8(), true)]),
    new Map_(new Field("key_value", entry, false)),
  ];
  const added = types.map((type, i) => new Field(`c${i}`, type, true));
  const wider = new Schema([...schema.fields, ...added]);
  for (const rows of [1, 3, 70]) {
    const batch = batchOf(Array.from({ length: rows }, (_, id) => ({ id })));
    const { bytes } = encodeParquet(wider, [asTableBatch(batch, wider, "test")]);
    const read = await parquetReadObjects({
      file: new Uint8Array(bytes).buffer,
      compressors: { ZSTD: (input) => zstdDecompressSync(input) },
    });
    assert.equal(read.length, rows);
    for (const [i, row] of read.entries()) {
      assert.equal(row["id"], BigInt(i));
      for (const { name, type } of added) assert.equal(row[name] ?? null, null, `${type}`);
    }
  }
});
