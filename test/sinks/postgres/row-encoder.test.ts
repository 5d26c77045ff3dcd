import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  Bool,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  TimestampMicrosecond,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import fc from "fast-check";
import { TopologyError } from "../../../src/record/errors.ts";
import { postgresType } from "../../../src/sinks/postgres/column-type.ts";
import { RowEncoder } from "../../../src/sinks/postgres/row-encoder.ts";
import { orderRows } from "../../../src/sinks/postgres/row-order.ts";
import { readTableShape } from "../../../src/sinks/postgres/table-shape.ts";
import { asyncPropertyRuns } from "../delta/delta-fixture.ts";
import { columnsOf } from "./sink-fixture.ts";
import { testDatabases } from "./test-databases.ts";

/** Each kind of column, null and not null. */
const schema = new Schema([
  new Field("n", new Int64(), true),
  new Field("i", new Int32(), true),
  new Field("f", new Float64(), true),
  new Field("b", new Bool(), true),
  new Field("d", new DateDay(), true),
  new Field("ts", new TimestampMicrosecond("UTC"), true),
  new Field("t", new Utf8(), true),
  new Field("y", new Binary(), true),
  new Field("l", new List(new Field("element", new Utf8(), true)), true),
]);

interface Values {
  readonly n: bigint | null;
  readonly i: number | null;
  readonly f: number | null;
  readonly b: boolean | null;
  readonly d: Date | null;
  /** Microseconds, which Arrow's own builders take as a number, not all of them exact. */
  readonly ts: bigint | null;
  readonly t: string | null;
  readonly y: Uint8Array | null;
  readonly l: readonly (string | null)[] | null;
}

const DAY_MS = 86_400_000;
const nullable = <T>(of: fc.Arbitrary<T>) => fc.option(of, { freq: 4 });

/** What is awkward to quote, or not ASCII; NUL is refused by Postgres. */
const text = fc.oneof(
  fc.string({ unit: "grapheme" }).map((each) => each.replaceAll("\0", "")),
  fc.constantFrom(
    "",
    "'",
    '"',
    "\\",
    '{"a",b}',
    "NULL",
    "\t\r\n",
    "İstanbul — 東京 😀",
    "\u{10ffff}",
  ),
  fc.nat(20_000).map((length) => "ä".repeat(length)),
);

const values: fc.Arbitrary<Values> = fc.record({
  n: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  i: nullable(fc.integer()),
  f: nullable(fc.double()),
  b: nullable(fc.boolean()),
  // Postgres' days begin in 4713 BC.
  d: nullable(
    fc.integer({ min: -2_000_000, max: 50_000_000 }).map((day) => new Date(day * DAY_MS)),
  ),
  ts: nullable(fc.bigInt({ min: -210_866_803_200_000_000n, max: 2n ** 63n - 1n })),
  t: nullable(text),
  y: nullable(fc.uint8Array()),
  l: nullable(fc.array(nullable(text), { maxLength: 5 })),
});

function batchOf(rows: readonly Values[]): RecordBatch {
  const children = schema.fields.map(({ name, type }) => {
    const column = rows.map((row) => row[name as keyof Values] ?? null);
    if (name !== "ts") return vectorFromArray(column as never, type).data[0]!;
    const {
      length,
      nullCount,
      nullBitmap,
      values: data,
    } = vectorFromArray(column as bigint[], new Int64()).data[0]!;
    return makeData({ type, length, nullCount, nullBitmap, data } as never);
  });
  const type = new Struct(schema.fields);
  return new RecordBatch(schema, makeData({ type, length: rows.length, nullCount: 0, children }));
}

/** The same in Postgres' words. */
const asText = ({ n, i, f, b, d, ts, t, y, l }: Values) => [
  n?.toString() ?? null,
  i?.toString() ?? null,
  f === null ? null : Object.is(f, -0) ? "-0" : String(f),
  b === null ? null : b ? "t" : "f",
  d === null ? null : String(d.getTime() / DAY_MS),
  ts?.toString() ?? null,
  t,
  y === null ? null : Buffer.from(y).toString("hex"),
  l === null ? null : JSON.stringify(l),
];

const READ = `select n, i, f, b, d - date '1970-01-01',
    (extract(epoch from ts) * 1000000)::numeric(30, 0), t, encode(y, 'hex'), to_json(l)
  from kinds order by row`;

for (const { name, skip, open } of await testDatabases()) {
  test(`${name}: every value of every kind arrives as it is`, { skip }, async () => {
    const database = await open();
    await database.transaction((tx) =>
      tx.execute(`drop table if exists kinds;
        create table kinds (${columnsOf(schema)}, row serial)`),
    );
    const property = fc.asyncProperty(
      fc.array(fc.array(values, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (batches, sliced) => {
        const found = await database.transaction(async (tx) => {
          await tx.execute("truncate kinds");
          // The row's number is no column of ours: it comes as null, and is not written.
          await tx.execute("alter table kinds alter column row drop not null");
          const shape = await readTableShape(tx, "kinds", schema);
          const sources = batches.map((rows, offset) => ({
            rows: sliced ? batchOf([rows[0]!, ...rows]).slice(1) : batchOf(rows),
            offset,
            before: 0,
          }));
          const rows = orderRows(sources, [], null);
          const { bytes } = new RowEncoder(shape, rows, 0).encode(0, rows.length, 1e9);
          const columns = schema.fields.map((field) => `"${field.name}"`).join(", ");
          await tx.query(
            `insert into kinds (${columns}) select ${columns} from unnest($1::kinds[])`,
            [bytes],
          );
          return (await tx.query(READ)).rows;
        });
        const normal = found.map((row) =>
          row.map((value, column) => {
            if (value === null) return null;
            if (column === 2) return Object.is(Number(value), -0) ? "-0" : String(Number(value));
            return column === 8 ? JSON.stringify(JSON.parse(value)) : value;
          }),
        );
        assert.deepEqual(normal, batches.flat().map(asText));
      },
    );
    await asyncPropertyRuns(property, 60);
  });
}

test("rows are cut where they get too many or too long, but one goes at least", async () => {
  const shape = { rowType: 1, columns: [{ name: "t", type: 25, ours: 6 }] };
  const rows = batchOf(
    [10, 10, 5000, 10].map((length) => ({ t: "x".repeat(length) }) as unknown as Values),
  );
  const ordered = orderRows([{ rows, offset: 0, before: 0 }], [], null);
  const encoder = new RowEncoder(shape, ordered, 0);
  const cuts = (from: number, to: number, bytesMax: number) =>
    encoder.encode(from, to, bytesMax).to;
  assert.equal(cuts(0, 2, 1e9), 2);
  assert.equal(cuts(0, 4, 100), 3);
  assert.equal(cuts(2, 4, 100), 3);
  assert.equal(cuts(3, 4, 0), 4);
  // The number of rows is what the server goes by.
  const { bytes, to } = encoder.encode(1, 3, 1e9);
  assert.equal(new DataView(bytes.buffer).getInt32(12), to - 1);
});

test("a type that no table has is the author's to mend", () => {
  const list = new List(new Field("element", new Int32(), true));
  assert.throws(() => postgresType(new Field("x", list, true)), TopologyError);
});
