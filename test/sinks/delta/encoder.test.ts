import assert from "node:assert/strict";
import { test } from "node:test";
import { zstdDecompressSync } from "node:zlib";
import {
  Binary,
  Bool,
  DateDay,
  Field,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";
import {
  encodeParquet,
  encodeParquetStream,
  wasmMemoryBytes,
} from "../../../src/sinks/delta/encoder.ts";
import { fileStats } from "../../../src/sinks/delta/file-stats.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { batchOf, propertyRuns, type Row, schema } from "./delta-fixture.ts";

const bufferOf = (bytes: Uint8Array) => new Uint8Array(bytes).buffer;

const rowsOf = (bytes: Uint8Array) =>
  parquetReadObjects({
    file: bufferOf(bytes),
    compressors: { ZSTD: (input) => zstdDecompressSync(input) },
  });

const singleColumn = (type: Field["type"], values: readonly unknown[], nullable = true) => {
  const of = new Schema([new Field("c", type, nullable)]);
  const child = vectorFromArray(values as never, type).data[0]!;
  const batch = new RecordBatch(
    of,
    makeData({
      type: new Struct(of.fields),
      length: values.length,
      nullCount: 0,
      children: [child],
    }),
  );
  return encodeParquet(of, [batch]);
};

const rows: Row[] = [
  { id: 1, name: "Ä", tone: 1.5, day: "2024-02-29", root: true, themes: ["A", "B"] },
  { id: 2, themes: [] },
  { id: 3, name: "", root: false, themes: ["C"], slice: "2024-01-01T00:15:00Z" },
];

test("another reader finds the values of several batches, slices among them, in one file", async () => {
  const whole = batchOf([{ id: 9 }, ...rows, { id: 8 }]);
  const file = encodeParquet(schema, [batchOf(rows), whole.slice(1, 4)]);
  assert.equal(file.rows, 6);
  const found = await rowsOf(file.bytes);
  const expected = rows.map(({ id, name, tone, day, root, themes, slice }) => ({
    id: BigInt(id),
    name: name ?? null,
    tone: tone ?? null,
    day: day === undefined ? null : new Date(`${day}T00:00:00Z`),
    root: root ?? null,
    themes,
    generation: 1,
    revision: 1,
    slice: new Date(slice ?? "2024-01-01T00:00:00Z"),
    silver_committed_at: null,
  }));
  const plain = found.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value ?? null])),
  );
  assert.deepEqual(plain, [...expected, ...expected]);
});

test("the streamed encoder and the reader give the rows back, over many row groups", async () => {
  async function* batches() {
    for (let n = 0; n < 20; n++) {
      yield batchOf(
        Array.from({ length: 4000 }, (_, i) => ({ id: n * 4000 + i, name: `n${i % 7}` })),
      );
    }
  }
  const file = (await encodeParquetStream(schema, batches()))!;
  assert.equal(file.rows, 80_000);
  assert.equal(parquetMetadata(bufferOf(file.bytes)).row_groups.length, 5);
  const { numRecords, minValues, maxValues } = JSON.parse(file.stats);
  assert.deepEqual([numRecords, minValues.id, maxValues.id], [80_000, 0, 79_999]);
  let next = 0n;
  for (const batch of readParquet(file.bytes)) {
    for (const id of batch.getChild("id")!) assert.equal(id, next++);
  }
  assert.equal(next, 80_000n);
});

test("the streamed encoder of nothing gives nothing, and an error of its source comes out", async () => {
  async function* nothing(): AsyncGenerator<RecordBatch> {}
  assert.equal(await encodeParquetStream(schema, nothing()), null);
  async function* breaking() {
    yield batchOf(rows);
    throw new Error("the disk is gone");
  }
  await assert.rejects(encodeParquetStream(schema, breaking()), /the disk is gone/);
});

test("a file that is not Parquet, or is damaged, is an error of the reader", () => {
  const read = (bytes: Uint8Array) => [...readParquet(bytes)].length;
  assert.throws(() => read(Buffer.from("PAR1 not really Parquet PAR1")));
  const many = batchOf(Array.from({ length: 40_000 }, (_, id) => ({ id, name: `${id * 7919}` })));
  const { bytes } = encodeParquet(schema, [many]);
  assert.equal(read(bytes), 10);
  // Not in the numbers at the start: other numbers are numbers too, and pages have no checksums.
  for (const part of [0.15, 0.3, 0.6, 0.9]) {
    const damaged = bytes.slice();
    damaged.fill(0xa5, damaged.length * part, damaged.length * part + 64);
    assert.throws(() => read(damaged), `damaged at ${part}`);
  }
});

test("statistics keep 64-bit integers exact, whatever JavaScript makes of them", () => {
  const ids = [9_007_199_254_740_993n, -9_223_372_036_854_775_808n, null];
  const { stats } = singleColumn(new Int64(), ids);
  assert.equal(
    stats,
    '{"numRecords":3,"minValues":{"c":-9223372036854775808},"maxValues":{"c":9007199254740993},' +
      '"nullCount":{"c":1}}',
  );
});

test("statistics of times are whole milliseconds that enclose the values", () => {
  const us = [-1n, 1_700_000_000_123_456n];
  const of = new Schema([new Field("c", new TimestampMicrosecond("UTC"), true)]);
  const child = makeData({
    type: of.fields[0]!.type as TimestampMicrosecond,
    length: 2,
    nullCount: 0,
    data: BigInt64Array.from(us),
  });
  const type = new Struct(of.fields);
  const batch = new RecordBatch(of, makeData({ type, length: 2, nullCount: 0, children: [child] }));
  const { minValues, maxValues } = JSON.parse(encodeParquet(of, [batch]).stats);
  assert.equal(minValues.c, "1969-12-31T23:59:59.999Z");
  assert.equal(maxValues.c, "2023-11-14T22:13:20.124Z");
});

test("statistics have bounds for what Delta can bound, and the null counts of those columns", () => {
  const json = (type: Field["type"], values: unknown[]) =>
    JSON.parse(singleColumn(type, values).stats);
  assert.deepEqual(json(new DateDay(), [new Date("2024-02-29"), null]), {
    numRecords: 2,
    minValues: { c: "2024-02-29" },
    maxValues: { c: "2024-02-29" },
    nullCount: { c: 1 },
  });
  assert.deepEqual(json(new Bool(), [true, null, false]), {
    numRecords: 3,
    minValues: { c: false },
    maxValues: { c: true },
    nullCount: { c: 1 },
  });
  for (const [type, values] of [
    [new Binary(), [Buffer.from([1, 255]), Buffer.from([2])]],
    [new Float64(), [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]],
    [new Utf8(), [null, null]],
  ] as const) {
    const { minValues, maxValues, nullCount } = json(type, [...values]);
    assert.deepEqual([minValues, maxValues], [{}, {}], `${type}`);
    // Of a column that cannot be bounded not even the nulls are counted.
    const nulls = type instanceof Binary ? {} : { c: values[0] === null ? 2 : 0 };
    assert.deepEqual(nullCount, nulls);
  }
});

test("a file has statistics of 32 columns at most, lists not counted", () => {
  const wide = new Schema(
    Array.from(
      { length: 40 },
      (_, i) => new Field(`c${i}`, i === 0 ? schema.fields[5]!.type : new Int64(), true),
    ),
  );
  const children = wide.fields.map(
    ({ type }, i) => vectorFromArray((i === 0 ? [["x"]] : [5n]) as never, type).data[0]!,
  );
  const type = new Struct(wide.fields);
  const batch = new RecordBatch(wide, makeData({ type, length: 1, nullCount: 0, children }));
  const { nullCount } = JSON.parse(encodeParquet(wide, [batch]).stats);
  assert.deepEqual(
    Object.keys(nullCount),
    Array.from({ length: 32 }, (_, i) => `c${i + 1}`),
  );
});

test("columns after those that are indexed have no statistics, neither in the file nor in the log", async () => {
  const indexed = (bytes: Uint8Array) => {
    const [group] = parquetMetadata(bufferOf(bytes)).row_groups;
    return group!.columns.map(({ meta_data }) => meta_data?.statistics !== undefined);
  };
  const columns = schema.fields.length;
  async function* batches() {
    yield batchOf(rows);
  }
  for (const file of [
    encodeParquet(schema, [batchOf(rows)], 2),
    (await encodeParquetStream(schema, batches(), 2))!,
  ]) {
    assert.deepEqual(
      indexed(file.bytes),
      Array.from({ length: columns }, (_, i) => i < 2),
    );
    const { minValues, nullCount } = JSON.parse(file.stats);
    assert.deepEqual(
      [Object.keys(minValues), Object.keys(nullCount)],
      [
        ["id", "name"],
        ["id", "name"],
      ],
    );
  }
});

test("rows of long texts are cut into groups that a reader can hold", async () => {
  // Hardly any of it can be compressed: 80 MB, in far fewer rows than a row group may have.
  const text = (seed: number) => {
    const bytes = Buffer.alloc(40_000);
    for (let i = 0; i < bytes.length; i += 4) bytes.writeUInt32LE(hash32(seed, i), i);
    return bytes.toString("base64");
  };
  async function* batches() {
    for (let n = 0; n < 20; n++) {
      yield batchOf(Array.from({ length: 80 }, (_, i) => ({ id: i, name: text(n * 80 + i) })));
    }
  }
  const { bytes, rows: written } = (await encodeParquetStream(schema, batches()))!;
  const groups = parquetMetadata(bufferOf(bytes)).row_groups;
  assert.equal(written, 1600);
  assert.ok(groups.length >= 3, `${groups.length} row groups`);
  for (const { total_byte_size: size } of groups) assert.ok(size < 32 << 20, `${size} bytes`);
});

const hash32 = (seed: number, i: number): number => {
  const mixed = Math.imul(seed * 40_009 + i + 1, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) >>> 0;
};

const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test("bounds of texts enclose them in byte order, and are short", () => {
  const character = fc.constantFrom("a", "z", "\u007f", "é", "\ud7ff", "\uffff", "𝒳", "\u{10ffff}");
  const text = fc.oneof(
    fc.string({ unit: character, maxLength: 80, size: "max" }),
    fc.string({ unit: "binary", maxLength: 80, size: "max" }),
  );
  propertyRuns(
    fc.property(fc.array(text, { minLength: 1, maxLength: 5 }), (texts) => {
      const { minValues, maxValues } = JSON.parse(singleColumn(new Utf8(), texts).stats);
      for (const value of texts) {
        assert.ok(compareBytes(minValues.c, value) <= 0, `min ${JSON.stringify(minValues.c)}`);
        assert.ok(compareBytes(maxValues.c, value) >= 0, `max ${JSON.stringify(maxValues.c)}`);
        // Above thirty-two of the last character there is nothing short.
        const last = maxValues.c.startsWith("\u{10ffff}".repeat(32));
        assert.ok(last || Array.from(maxValues.c as string).length <= 32);
      }
      const short = texts.every((value) => Buffer.byteLength(value) <= 32);
      if (short) assert.equal(maxValues.c, texts.toSorted(compareBytes).at(-1));
    }),
    100,
  );
});

test("a row group whose bounds are not known takes them from the file, one of nulls does not", () => {
  // Parquet has no bounds of a NaN; the other row group's would then be a lie.
  const of = new Schema([new Field("c", new Float64(), true)]);
  const batch = (value: number | null, length: number) => {
    const child = vectorFromArray(new Array(length).fill(value), new Float64()).data[0]!;
    const type = new Struct(of.fields);
    return new RecordBatch(of, makeData({ type, length, nullCount: 0, children: [child] }));
  };
  const stats = (value: number | null) =>
    JSON.parse(encodeParquet(of, [batch(1, 32_768), batch(value, 10)]).stats);
  assert.deepEqual(stats(null).minValues, { c: 1 });
  assert.equal(stats(null).nullCount.c, 10);
  assert.deepEqual(stats(Number.NaN).minValues, {});
  assert.deepEqual(stats(7).maxValues, { c: 7 });
});

test("bounds over row groups compare texts as bytes", () => {
  // U+1D4B3 comes before U+FFFF as JavaScript strings, and after it as UTF-8.
  const texts = [...new Array(32_768).fill("\uffff"), "𝒳"];
  const { minValues, maxValues } = JSON.parse(singleColumn(new Utf8(), texts).stats);
  assert.deepEqual([minValues.c, maxValues.c], ["\uffff", "𝒳"]);
});

test("wide rows cross into JavaScript a few at a time, all of them and in their order", () => {
  const rows = Array.from({ length: 3_000 }, (_, id) => ({ id, name: `${id} `.repeat(2_000) }));
  const { bytes } = encodeParquet(schema, [batchOf(rows)]);
  const ids: number[] = [];
  for (const batch of readParquet(bytes)) {
    assert.ok(batch.data.byteLength < 16 << 20, `${batch.data.byteLength} bytes`);
    for (let row = 0; row < batch.numRows; row++) ids.push(Number(batch.getChild("id")!.get(row)));
  }
  assert.deepEqual(
    ids,
    rows.map(({ id }) => id),
  );
});

test("statistics come from the end of the file, wherever in memory it lies", () => {
  const { bytes, stats } = encodeParquet(schema, [batchOf([{ id: 7 }])]);
  const around = new Uint8Array(bytes.length + 100).fill(255);
  around.set(bytes, 37);
  assert.equal(fileStats(around.subarray(37, 37 + bytes.length)).json, stats);
});

test("encoding again and again keeps to the memory that the first files took", () => {
  const batch = batchOf(
    Array.from({ length: 5000 }, (_, id) => ({ id, name: `name ${id}`, themes: ["A", "B"] })),
  );
  const encode = () => fileStats(encodeParquet(schema, [batch]).bytes);
  for (let i = 0; i < 5; i++) encode();
  const bytes = wasmMemoryBytes();
  for (let i = 0; i < 40; i++) encode();
  assert.ok(bytes > 0 && wasmMemoryBytes() <= bytes * 1.25, `${bytes} -> ${wasmMemoryBytes()}`);
});
