import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { DataType, Field, Float64, type RecordBatch, Schema, vectorFromArray } from "apache-arrow";
import { silverEventsSchema } from "../../../src/gdelt/silver-schema.ts";
import { asTableBatch, withColumns } from "../../../src/sinks/batch-shape.ts";
import { compactTable } from "../../../src/sinks/delta/compaction.ts";
import { DeltaTable, type DeltaTableOptions } from "../../../src/sinks/delta/delta-table.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import { pythonReaders, runPython } from "../../python-readers.ts";
import { batchOf, openTable, type Row, schema, surroundings } from "./delta-fixture.ts";
import { contentsOf } from "./sink-source.ts";

const prelude = `
import json, sys, datetime
import pyarrow as pa, duckdb
from deltalake import DeltaTable, write_deltalake
question = json.load(sys.stdin)
path = question["path"]
def answer(value):
    json.dump(value, sys.stdout, default=str)
def ids(table):
    return sorted(table.column("id").to_pylist())
`;

interface Lake {
  readonly path: string;
  readonly store: FolderObjectStore;
  readonly table: DeltaTable;
  readonly options: DeltaTableOptions;
  /** Runs a Python program which reads the table. */
  ask<T>(program: string, question?: object): Promise<T>;
}

/** A table in a folder, and delta-rs, DuckDB and pyarrow to read it with. */
async function withLake(t: TestContext, body: (lake: Lake) => Promise<void>): Promise<void> {
  const python = await pythonReaders();
  if (python === null)
    return t.skip("no Python with deltalake, duckdb and pyarrow can be made here");
  const folder = await mkdtemp(join(tmpdir(), "lake-"));
  try {
    const store = new FolderObjectStore(folder);
    const { table, options } = await openTable({ store, root: "t", ...surroundings() });
    const path = join(folder, "t");
    const ask = async <T>(program: string, question: object = {}) =>
      (await runPython(python, prelude + program, { path, ...question })) as T;
    await body({ path, store, table, options, ask });
  } finally {
    await rm(folder, { recursive: true });
  }
}

const step = (version: number) => ({
  appId: "app/1/lake/silver-0",
  previous: version === 1 ? null : version - 1,
  version,
});

const rowsOfCommit = (v: number): Row[] => [
  {
    id: v * 10,
    name: `näme ${v}`,
    tone: v / 4,
    day: "2024-02-29",
    root: v % 2 === 0,
    themes: ["A", "Ü"].slice(0, v % 3),
  },
  { id: v * 10 + 1, slice: v % 2 === 0 ? "2024-01-02T00:15:00Z" : "2023-12-31T23:45:00Z" },
  { id: v * 10 + 2, slice: null },
];

test("delta-rs reads every version with its rows, its transaction and its partitions", (t) =>
  withLake(t, async ({ table, ask }) => {
    const commits = 24;
    for (let v = 1; v <= commits; v++) await table.append([batchOf(rowsOfCommit(v))], [step(v)]);
    const versions = await ask<[number[], number | null][]>(`
def at(version):
    table = DeltaTable(path, version=version)
    return [ids(table.to_pyarrow_table()), table.transaction_version("app/1/lake/silver-0")]
answer([at(version) for version in range(0, ${commits + 1})])`);
    for (const [v, [ids, txn]] of versions.entries()) {
      const expected = Array.from({ length: v }, (_, i) => rowsOfCommit(i + 1).map(({ id }) => id));
      assert.deepEqual(ids, expected.flat(), `version ${v}`);
      assert.equal(txn, v === 0 ? null : v);
    }
    const partitions = await ask<Record<string, number>>(`
table = DeltaTable(path)
dates = [p["slice_date"] for p in table.partitions()]
answer({str(date): table.to_pyarrow_table(partitions=[("slice_date", "=", date)]).num_rows
        for date in dates if date is not None})`);
    assert.deepEqual(partitions, { "2024-01-01": 24, "2024-01-02": 12, "2023-12-31": 12 });
  }));

test("delta-rs, pyarrow and DuckDB read the types and the values that were written", (t) =>
  withLake(t, async ({ table, ask }) => {
    await table.append([batchOf(rowsOfCommit(1)), batchOf(rowsOfCommit(2))], [step(1)]);
    const { types, rows, duck } = await ask<{
      types: Record<string, string>;
      rows: object[];
      duck: object[];
    }>(`
table = DeltaTable(path)
read = table.to_pyarrow_table().sort_by("id")
files = table.file_uris()
duck = duckdb.sql("""select id, name, tone, day, root, themes, epoch_ms(slice) as slice from read_parquet(%s) order by id""" % repr(files))
answer({"types": {f.name: str(f.type) + ("" if f.nullable else " not null") for f in read.schema},
        "rows": read.to_pylist(),
        "duck": [dict(zip(duck.columns, row)) for row in duck.fetchall()]})`);
    assert.deepEqual(types, {
      id: "int64 not null",
      name: "string",
      tone: "double",
      day: "date32[day]",
      root: "bool",
      themes: "list<element: string not null> not null",
      generation: "int32 not null",
      revision: "int32 not null",
      slice: "timestamp[us, tz=UTC]",
      silver_committed_at: "timestamp[us, tz=UTC]",
      slice_date: "date32[day]",
    });
    const expected = [...rowsOfCommit(1), ...rowsOfCommit(2)].map((row) => {
      const slice = row.slice === undefined ? "2024-01-01T00:00:00Z" : row.slice;
      return {
        id: row.id,
        name: row.name ?? null,
        tone: row.tone ?? null,
        day: row.day ?? null,
        root: row.root ?? null,
        themes: row.themes ?? [],
        slice: slice === null ? null : slice.replace("T", " ").replace("Z", "+00:00"),
      };
    });
    const more = { generation: 1, revision: 1, silver_committed_at: null };
    const dated = expected.map((row) => ({
      ...row,
      ...more,
      slice_date: row.slice?.slice(0, 10) ?? null,
    }));
    assert.deepEqual(rows, dated);
    assert.deepEqual(
      duck,
      expected.map((row) => ({ ...row, slice: row.slice && Date.parse(row.slice) })),
    );
  }));

test("delta-rs reads on behind a checkpoint when the commits before it are gone", (t) =>
  withLake(t, async ({ table, store, ask }) => {
    for (let v = 1; v <= 23; v++) await table.append([batchOf(rowsOfCommit(v))], [step(v)]);
    await compactTable(table, { newest: null, fileBytesMin: 1 << 20, fileBytesMax: 8 << 20 });
    for (let v = 24; v <= 34; v++) await table.append([batchOf(rowsOfCommit(v))], [step(v)]);
    for (let v = 0; v < 30; v++)
      await store.delete(`t/_delta_log/${String(v).padStart(20, "0")}.json`);
    await store.delete(`t/_delta_log/${"20".padStart(20, "0")}.checkpoint.parquet`);
    const read = await ask<{ ids: number[]; txn: number; files: number; filtered: number[] }>(`
table = DeltaTable(path)
filtered = table.to_pyarrow_table(filters=[("id", ">=", 300), ("slice_date", "=", datetime.date(2024, 1, 1))])
answer({"ids": ids(table.to_pyarrow_table()), "txn": table.transaction_version("app/1/lake/silver-0"),
        "files": len(table.file_uris()), "filtered": ids(filtered)})`);
    const expected = Array.from({ length: 34 }, (_, i) => rowsOfCommit(i + 1).map(({ id }) => id));
    assert.deepEqual(read.ids, expected.flat());
    assert.equal(read.txn, 34);
    // 23 commits of three partitions each became four files, 11 more came after.
    assert.equal(read.files, 4 + 33);
    assert.deepEqual(read.filtered, [300, 310, 320, 330, 340]);
  }));

test("delta-rs appends, compacts and checkpoints between our commits, and both see it all", (t) =>
  withLake(t, async ({ table, options, store, ask }) => {
    await table.append([batchOf([{ id: 1 }])], [step(1)]);
    const append = (id: number) =>
      ask<number>(`
table = DeltaTable(path)
row = table.to_pyarrow_table().slice(0, 1).set_column(0, pa.field("id", pa.int64(), False), pa.array([${id}], pa.int64()))
write_deltalake(table, row, mode="append")
answer(DeltaTable(path).version())`);
    assert.equal(await append(2), 2);
    // Our writer has not seen that commit: it gives way and takes the next version.
    assert.equal(await table.append([batchOf([{ id: 3 }])], [step(2)]), 3);
    const optimized = await ask<number>(`
table = DeltaTable(path)
table.optimize.compact()
table.create_checkpoint()
answer(table.version())`);
    assert.equal(await table.append([batchOf([{ id: 4 }])], [step(3)]), optimized + 1);
    assert.deepEqual((await contentsOf(store, "t")).ids, [1, 2, 3, 4]);
    // Read anew it starts from the checkpoint of delta-rs; ours then follows on it.
    const anew = await DeltaTable.open({ ...options, commitsPerCheckpoint: 1 });
    assert.deepEqual(anew.snapshot.transactions.get(step(1).appId)?.version, 3);
    await anew.append([batchOf([{ id: 5 }])], [step(4)]);
    assert.equal(await append(6), optimized + 3);
    const final = await ask<{ ids: number[]; txn: number }>(`
table = DeltaTable(path)
answer({"ids": ids(table.to_pyarrow_table()), "txn": table.transaction_version("app/1/lake/silver-0")})`);
    assert.deepEqual(final, { ids: [1, 2, 3, 4, 5, 6], txn: 4 });
  }));

test("delta-rs reads an evolved table: the new column is null in the old files", (t) =>
  withLake(t, async ({ table, options, ask }) => {
    await table.append([batchOf([{ id: 1, name: "old" }])], [step(1)]);
    const wider = new Schema([...schema.fields, new Field("score", new Float64(), true)]);
    const evolved = await DeltaTable.open({ ...options, schema: wider });
    await evolved.append([asTableBatch(batchOf([{ id: 2 }]), wider, "test")], [step(2)]);
    await table.append([batchOf([{ id: 3 }])], [step(3)]);
    const read = await ask<{ names: string[]; rows: unknown[]; before: string[] }>(`
table = DeltaTable(path)
read = table.to_pyarrow_table().sort_by("id")
answer({"names": read.column_names, "rows": read.select(["id", "name", "score"]).to_pylist(),
        "before": DeltaTable(path, version=1).to_pyarrow_table().column_names})`);
    assert.equal(read.names.at(-1), "score");
    assert.ok(!read.before.includes("score"));
    assert.deepEqual(read.rows, [
      { id: 1, name: "old", score: null },
      { id: 2, name: null, score: null },
      { id: 3, name: null, score: null },
    ]);
  }));

test("no file is left out of a read because of its statistics", (t) =>
  withLake(t, async ({ table, ask }) => {
    const names = [
      "",
      "a",
      "Z".repeat(31),
      "Z".repeat(33),
      `${"é".repeat(40)}x`,
      "\u{10ffff}".repeat(40),
      "𝒳𝒴".repeat(20),
      "\uffff".repeat(50),
      "\ud7ff".repeat(40),
    ];
    const rows = names.map((name, i) => ({
      id: i,
      name,
      root: i < 2,
      tone: i - 4.5,
      slice: `2024-01-01T00:00:00.00${i}Z`,
    }));
    for (const row of rows) await table.append([batchOf([row])], []);
    const found = await ask<Record<string, number[][]>>(
      `
table = DeltaTable(path)
def by(column, values):
    return [ids(table.to_pyarrow_table(filters=[(column, "=", value)])) for value in values]
answer({"name": by("name", question["names"]), "tone": by("tone", question["tones"]),
        "root": by("root", [True, False]),
        "slice": by("slice", [datetime.datetime.fromisoformat(s) for s in question["slices"]])})`,
      {
        names,
        tones: rows.map(({ tone }) => tone),
        slices: rows.map(({ slice }) => slice.replace("Z", "+00:00")),
      },
    );
    const each = rows.map(({ id }) => [id]);
    const root = [[0, 1], each.slice(2).flat()];
    assert.deepEqual(found, { name: each, tone: each, root, slice: each });
  }));

/** Rows of `silver.events`: ids from 0, `i % 3` themes, the rest null where it may be. */
function wideBatch(length: number): RecordBatch {
  const children = silverEventsSchema.fields.map(({ name, type, nullable }) => {
    const value = (i: number): unknown => {
      if (name === "global_event_id") return BigInt(i);
      if (name === "themes") return ["T", "U"].slice(0, i % 3);
      if (nullable && i % 2 === 0) return null;
      if (DataType.isList(type)) return [];
      if (DataType.isUtf8(type)) return `${name} ${i}`;
      if (DataType.isTimestamp(type)) return Date.UTC(2024, 0, 1) + i;
      return DataType.isDate(type) ? new Date("2024-01-01") : i;
    };
    return vectorFromArray(Array.from({ length }, (_, i) => value(i)) as never, type).data[0]!;
  });
  return withColumns(silverEventsSchema, length, children);
}

test("delta-rs and DuckDB read the Silver events table, all columns of it", (t) =>
  withLake(t, async ({ store, ask }) => {
    const wide = await openTable({
      store,
      root: "t/wide",
      schema: silverEventsSchema,
      ...surroundings(),
    });
    const rows = 200;
    const batch = wideBatch(rows);
    await wide.table.append([batch], []);
    const read = await ask<{ columns: number; rows: number; sum: number; themes: number }>(`
table = DeltaTable(path + "/wide")
read = table.to_pyarrow_table()
duck = duckdb.sql("select sum(global_event_id), sum(len(themes)) from read_parquet(%s)" % repr(table.file_uris())).fetchall()[0]
answer({"columns": read.num_columns, "rows": read.num_rows, "sum": int(duck[0]), "themes": int(duck[1])})`);
    assert.deepEqual(read, {
      columns: silverEventsSchema.fields.length + 1,
      rows,
      sum: (rows * (rows - 1)) / 2,
      themes: Array.from({ length: rows }, (_, i) => i % 3).reduce((a, b) => a + b),
    });
  }));
