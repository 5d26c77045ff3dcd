import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { Field, Int64, Schema, Utf8 } from "apache-arrow";
import fc from "fast-check";
import { ConfigError } from "../../../src/record/errors.ts";
import { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { pythonReaders, runPython } from "../../python-readers.ts";
import { asyncPropertyRuns, jsonLines, schema, surroundings } from "./delta-fixture.ts";
import { type Fault, FaultyStore } from "./faulty-store.ts";
import { noteOf, recordOf, SCHEMAS, type Version } from "./program-versions.ts";
import { recordsOf, sinkOn } from "./sink-source.ts";

const root = "t";
const RECORDS = 8;

type Around = ReturnType<typeof surroundings>;

const openTable = (store: ObjectStore, around: Around, given: Schema) =>
  DeltaTable.open({
    store,
    root,
    name: "t",
    schema: given,
    datedBy: "slice",
    commitsPerCheckpoint: 3,
    ...around,
  });

/** A replica's life: what it is, which partition it has, how much it takes at a time, what fails. */
interface Life {
  readonly version: Version;
  readonly partition: number;
  readonly steps: readonly number[];
  readonly commits: number;
  readonly faults: readonly Fault[];
}

/** Takes so many commits, or less if it dies. */
function live(store: ObjectStore, around: Around, life: Life, values: Uint8Array[]) {
  const { version, partition, faults } = life;
  const faulty = new FaultyStore(store, faults);
  const sinkOf = async () => sinkOn(await openTable(faulty, around, SCHEMAS[version]), partition);
  return liveAsSink(sinkOf, values, life);
}

/** Of each row its id and what is in the newer column. */
async function notesOf(store: ObjectStore): Promise<Map<number, string | null>> {
  const snapshot = (await new DeltaLog(store, root).load())!;
  const notes = new Map<number, string | null>();
  for (const { path: file } of snapshot.files.values()) {
    for (const batch of readParquet((await store.get(`${root}/${file}`))!)) {
      for (let i = 0; i < batch.numRows; i++) {
        const id = Number(batch.getChild("id")!.get(i));
        assert.ok(!notes.has(id), `row ${id} is there twice`);
        notes.set(id, batch.getChild("note")?.get(i) ?? null);
      }
    }
  }
  return notes;
}

/** Names of the columns, at each commit that says them. */
async function columnsThroughout(store: ObjectStore): Promise<string[][]> {
  const found: string[][] = [];
  for (const { path: file } of await store.list(`${root}/_delta_log/`)) {
    if (!file.endsWith(".json")) continue;
    for (const action of jsonLines(await store.get(file))) {
      const { metaData } = action as { metaData?: { schemaString: string } };
      if (metaData === undefined) continue;
      const { fields } = JSON.parse(metaData.schemaString) as { fields: { name: string }[] };
      found.push(fields.map(({ name }) => name));
    }
  }
  return found;
}

const oldColumns = [...schema.names.map(String), "slice_date"];

const version = fc.constantFrom<Version>("old", "new");
const fault = fc.record<Fault>({
  call: fc.nat({ max: 20 }),
  effect: fc.boolean(),
  kind: fc.constantFrom("crash", "lost-reply"),
});
const life = fc.record<Life>({
  version,
  partition: fc.nat({ max: 1 }),
  steps: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
  commits: fc.integer({ min: 1, max: 3 }),
  faults: fc.array(fault, { maxLength: 3 }),
});
/** Who has written each record of the two partitions. */
const producers = fc.array(version, { minLength: 2 * RECORDS, maxLength: 2 * RECORDS });

const rowOf = (partition: number, n: number) => ({
  id: partition * 100 + n,
  slice: `2024-01-0${1 + (n % 3)}T00:00:00Z`,
});

test("replicas of an old and a new version write one table, whatever fails, and the column stays", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(fc.array(life, { maxLength: 8 }), producers, async (lives, versions) => {
      const around = surroundings();
      const store = new MemoryObjectStore(around.clock);
      const values = [0, 1].map((partition) =>
        Array.from({ length: RECORDS }, (_, n) =>
          recordOf(versions[partition * RECORDS + n]!, [rowOf(partition, n)]),
        ),
      );
      for (const each of lives) await live(store, around, each, values[each.partition]!);
      // Half of it by turns, and the rest by old ones: the new column is no concern of theirs.
      const rest = { steps: [1], commits: RECORDS, faults: [] };
      await live(store, around, { version: "new", partition: 0, ...rest, commits: 1 }, values[0]!);
      for (const partition of [0, 1]) {
        await live(store, around, { version: "old", partition, ...rest }, values[partition]!);
      }
      const notes = await notesOf(store);
      const ids = [0, 1].flatMap((p) => Array.from({ length: RECORDS }, (_, n) => rowOf(p, n).id));
      assert.deepEqual(
        [...notes.keys()].sort((a, b) => a - b),
        ids,
      );
      for (const [i, id] of ids.entries()) {
        const note = notes.get(id)!;
        if (note === null) continue;
        assert.equal(note, noteOf({ id }));
        assert.equal(versions[i], "new");
      }
      const throughout = await columnsThroughout(store);
      // The partition's column is the last of those that the table was made with.
      assert.deepEqual(throughout.at(-1)!.sort(), [...oldColumns, "note"].sort());
      // Created by either, changed once at the most.
      assert.ok(throughout.length <= 2, `${throughout.length} changes`);
    }),
    25,
  );
});

test("of a record with the column a new replica writes it, an old one all others", async () => {
  const around = surroundings();
  const store = new MemoryObjectStore(around.clock);
  const old = await openTable(store, around, SCHEMAS.old);
  const writers = [old, await openTable(store, around, SCHEMAS.new), old];
  for (const [offset, table] of writers.entries()) {
    const sink = sinkOn(table);
    assert.equal((await sink.open()) ?? 0, offset);
    sink.write(recordsOf(offset, [recordOf("new", [{ id: offset }])]));
    await sink.commit();
  }
  assert.deepEqual([...(await notesOf(store))].sort(), [
    [0, null],
    [1, "1 at 1.1"],
    [2, null],
  ]);
});

test("a column that changes, goes or must not be null is refused by name, and nothing is written", async () => {
  const around = surroundings();
  const store = new MemoryObjectStore(around.clock);
  await openTable(store, around, SCHEMAS.new);
  const before = await store.list("");
  const [id, name, ...others] = SCHEMAS.new.fields;
  const cases: [Field[], RegExp][] = [
    [
      [id!, new Field("name", new Int64(), true), ...others],
      /column 2: the program writes name long/,
    ],
    [[id!, ...others], /column 2: the program writes tone double, the table has name string/],
    [[id!, name!, ...others, new Field("x", new Utf8(), false)], /column x: the program adds it/],
    [
      [id!, name!, ...others.slice(0, -1), new Field("note", new Int64(), true)],
      /column 11: the program writes note long, the table has note string/,
    ],
  ];
  for (const [fields, message] of cases) {
    await assert.rejects(openTable(store, around, new Schema(fields)), (error: Error) => {
      assert.ok(error instanceof ConfigError, `${error}`);
      assert.match(error.message, message);
      return true;
    });
  }
  assert.deepEqual(await store.list(""), before);
});

const READ = `
import json, sys
import duckdb
from deltalake import DeltaTable
path = json.load(sys.stdin)["path"]
def at(version):
    table = DeltaTable(path, version=version)
    read = table.to_pyarrow_table()
    has = "note" in read.column_names
    rows = sorted(zip(read.column("id").to_pylist(),
                      read.column("note").to_pylist() if has else [None] * read.num_rows))
    files = table.file_uris()
    if files:
        duck = duckdb.sql("select * from read_parquet(%s, union_by_name = true)" % repr(files))
        note = "note" if "note" in duck.columns else "null"
        found = duckdb.sql("select id, %s from duck order by id" % note).fetchall()
        assert found == rows, (version, found, rows)
    return {"rows": rows, "columns": read.column_names}
print(json.dumps([at(v) for v in range(0, DeltaTable(path).version() + 1)]))`;

import { liveAsSink } from "../sink-life.ts";

test("delta-rs and DuckDB read every version of a table that old and new ones have written", async (t) => {
  const python = await pythonReaders();
  if (python === null) return t.skip("no Python with deltalake, duckdb and pyarrow");
  const folder = await mkdtemp(path.join(os.tmpdir(), "evolution-"));
  try {
    const store = new FolderObjectStore(folder);
    const around = surroundings();
    const old = await openTable(store, around, SCHEMAS.old);
    const writers: [Version, DeltaTable][] = [["old", old]];
    writers.push(["new", await openTable(store, around, SCHEMAS.new)]);
    const expected: Map<number, [number, string | null]>[] = [];
    for (let offset = 0; offset < 9; offset++) {
      const [who, table] = writers[offset % 2]!;
      const sink = sinkOn(table);
      await sink.open();
      sink.write(recordsOf(offset, [recordOf("new", [{ id: offset }])]));
      await sink.commit();
      const note = who === "new" ? noteOf({ id: offset }) : null;
      expected.push(new Map([...(expected.at(-1) ?? []), [offset, [offset, note]]]));
    }
    const found = (await runPython(python, READ, { path: path.join(folder, root) })) as {
      rows: [number, string | null][];
      columns: string[];
    }[];
    // Before the rows: the table is made, and gets the column.
    assert.deepEqual(
      found.map(({ columns }) => columns.includes("note")),
      [false, ...new Array(10).fill(true)],
    );
    assert.deepEqual(
      found.map(({ rows }) => rows),
      [[], [], ...expected.map((rows) => [...rows.values()])],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});
