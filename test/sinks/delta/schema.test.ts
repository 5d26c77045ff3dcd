import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Binary,
  Bool,
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int8,
  Int16,
  Int32,
  Int64,
  LargeUtf8,
  List,
  Map_,
  Schema,
  Struct,
  TimestampMicrosecond,
  TimestampMillisecond,
  TimestampNanosecond,
  Uint32,
  Utf8,
} from "apache-arrow";
import {
  deadLetterSchema,
  lifecycleSchema,
  silverEventsSchema,
  silverMentionsSchema,
} from "../../../src/gdelt/silver-schema.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import { compareSchema, schemaString } from "../../../src/sinks/delta/schema.ts";

const column = (name: string, type: Field["type"], nullable = true) =>
  new Field(name, type, nullable);
const tableOf = (schema: Schema, dateColumn: string | null = null) => ({
  table: "t",
  schema,
  dateColumn,
});
const metaDataOf = (schema: string, partitionColumns: string[] = []) => ({
  id: "m",
  format: { provider: "parquet", options: {} },
  schemaString: schema,
  partitionColumns,
  configuration: {},
});

test("every Arrow type that Parquet holds has its Delta type", () => {
  const pair = new Struct<{ key: Utf8; value: Int32 }>([
    new Field("key", new Utf8(), false),
    new Field("value", new Int32(), true),
  ]);
  const given = new Schema([
    column("i8", new Int8()),
    column("i16", new Int16()),
    column("i32", new Int32(), false),
    column("i64", new Int64()),
    column("f32", new Float32()),
    column("f64", new Float64()),
    column("flag", new Bool()),
    column("text", new Utf8()),
    column("long", new LargeUtf8()),
    column("raw", new Binary()),
    column("day", new DateDay()),
    column("ms", new TimestampMillisecond("UTC")),
    column("us", new TimestampMicrosecond("UTC")),
    column("money", new Decimal(2, 10)),
    column("word", new Dictionary(new Utf8(), new Int32())),
    column("list", new List(new Field("element", new Utf8(), false))),
    column("pair", new Struct([column("a", new Int32()), column("b", new Utf8(), false)])),
    column("map", new Map_(new Field("key_value", pair, false))),
  ]);
  const parsed = JSON.parse(schemaString(tableOf(given, "slice_date")));
  const types = Object.fromEntries(
    parsed.fields.map(({ name, type }: { name: string; type: unknown }) => [name, type]),
  );
  assert.deepEqual(types, {
    i8: "byte",
    i16: "short",
    i32: "integer",
    i64: "long",
    f32: "float",
    f64: "double",
    flag: "boolean",
    text: "string",
    long: "string",
    raw: "binary",
    day: "date",
    ms: "timestamp",
    us: "timestamp",
    money: "decimal(10,2)",
    word: "string",
    list: { type: "array", elementType: "string", containsNull: false },
    pair: {
      type: "struct",
      fields: [
        { name: "a", type: "integer", nullable: true, metadata: {} },
        { name: "b", type: "string", nullable: false, metadata: {} },
      ],
    },
    map: { type: "map", keyType: "string", valueType: "integer", valueContainsNull: true },
    slice_date: "date",
  });
  assert.deepEqual(parsed.fields[2], {
    name: "i32",
    type: "integer",
    nullable: false,
    metadata: {},
  });
});

test("a type without a Delta type is refused by table and column", () => {
  for (const type of [
    new Uint32(),
    new DateMillisecond(),
    new TimestampMicrosecond(),
    new TimestampMicrosecond("Europe/Paris"),
    new TimestampNanosecond("UTC"),
  ]) {
    assert.throws(
      () => schemaString(tableOf(new Schema([column("odd", type)]))),
      (error: Error) => error instanceof ConfigError && /table t, column odd/.test(error.message),
      `${type}`,
    );
  }
});

test("a table is the same as the schema that made it, for every table of the pipeline", () => {
  for (const schema of [
    silverEventsSchema,
    silverMentionsSchema,
    lifecycleSchema,
    deadLetterSchema,
  ]) {
    const ours = tableOf(schema, "slice_date");
    const metaData = metaDataOf(schemaString(ours), ["slice_date"]);
    assert.deepEqual(compareSchema(ours, metaData), { kind: "same" });
  }
});

test("nullable columns at the end evolve the table, after its partition column", () => {
  const old = new Schema([column("a", new Int32(), false)]);
  const now = new Schema([...old.fields, column("b", new Utf8()), column("c", new Float64())]);
  const metaData = metaDataOf(schemaString(tableOf(old, "d")), ["d"]);
  const change = compareSchema(tableOf(now, "d"), metaData);
  assert.equal(change.kind, "evolve");
  const evolved = change.kind === "evolve" ? change.schemaString : "";
  const names = JSON.parse(evolved).fields.map(({ name }: { name: string }) => name);
  assert.deepEqual(names, ["a", "d", "b", "c"]);
  // The evolved table is the same for the new program, and ahead of the old one.
  const after = metaDataOf(evolved, ["d"]);
  assert.deepEqual(compareSchema(tableOf(now, "d"), after), { kind: "same" });
  assert.deepEqual(compareSchema(tableOf(old, "d"), after), { kind: "ahead" });
});

test("any other difference is refused with the table, the column and both types", () => {
  const given = [column("a", new Int32(), false), column("b", new Utf8())];
  const metaData = metaDataOf(schemaString(tableOf(new Schema(given))));
  const cases: [Field[], RegExp][] = [
    [
      [given[0]!, column("b", new Int64())],
      /column 2: the program writes b long, the table has b string/,
    ],
    [
      [column("x", new Int32(), false), given[1]!],
      /writes x integer not null, the table has a integer/,
    ],
    [[column("a", new Int32()), given[1]!], /writes a integer, the table has a integer not null/],
    [[given[1]!, given[0]!], /column 1: the program writes b string, the table has a integer/],
    [
      [...given, column("c", new Int32(), false)],
      /column c: the program adds it as integer not null/,
    ],
  ];
  for (const [fields, message] of cases) {
    assert.throws(
      () => compareSchema(tableOf(new Schema(fields)), metaData),
      (error: Error) => error instanceof ConfigError && message.test(error.message),
      `${message}`,
    );
  }
  assert.throws(() => compareSchema(tableOf(new Schema(given), "d"), metaData), /partitioned by/);
  const list = (nullable: boolean) =>
    new Schema([column("l", new List(new Field("element", new Utf8(), nullable)))]);
  assert.throws(
    () => compareSchema(tableOf(list(true)), metaDataOf(schemaString(tableOf(list(false))))),
    /writes l array<string>, the table has l array<string not null>/,
  );
});
