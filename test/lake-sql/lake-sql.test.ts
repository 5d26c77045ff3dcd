import assert from "node:assert/strict";
import {
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  unlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Field, Schema, Utf8, vectorFromArray } from "apache-arrow";
import { LakeSql } from "../../src/lake-sql/lake-sql.ts";
import { ConfigError, RetriableError } from "../../src/record/errors.ts";
import { withColumns } from "../../src/sinks/batch-shape.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { batchOf, openTable, type Row, schema } from "../sinks/delta/delta-fixture.ts";

// DuckDB would take each of these for a pattern, or for a partition of its own.
const scratch = await mkdtemp(join(tmpdir(), "lake=1 [a]*?'"));
after(() => rm(scratch, { recursive: true, force: true }));

const TABLES = [
  {
    folder: "silver/events",
    newest: { key: ["id"], rank: ["generation", "revision"] as const },
  },
  { folder: "audit/lifecycle", newest: null },
];

let lakes = 0;

/** A lake of one table, which gets one file for each list of rows. */
async function newLake(...files: readonly (readonly Row[])[]) {
  const folder = join(scratch, `lake-${lakes++}`);
  const store = new FolderObjectStore(folder);
  const { table } = await openTable({ store, root: "silver/events" });
  for (const rows of files) await table.append([batchOf(rows)], []);
  return { folder, store, table };
}

async function withLake<T>(folder: string, work: (lake: LakeSql) => Promise<T>): Promise<T> {
  const options = { folder, tables: TABLES, memoryBytesMax: 128 << 20, threads: 1 };
  const lake = await LakeSql.open(options);
  try {
    return await work(lake);
  } finally {
    await lake.close();
  }
}

const ask = (folder: string, sql: string) =>
  withLake(folder, async (lake) => {
    await lake.useViews(sql);
    return await lake.query(sql);
  });

const dayFolder = (folder: string, date: string) =>
  join(folder, "silver", "events", `slice_date=${date}`);

test("a view has the newest row of each key, and another one all of them", async () => {
  const { folder } = await newLake(
    [{ id: 1, name: "old" }, { id: 2 }],
    [{ id: 1, name: "new", revision: 2 }],
    [{ id: 1, name: "never", revision: 1, generation: 0 }],
  );
  const found = await ask(folder, "SELECT id, name FROM silver.events ORDER BY id");
  assert.deepEqual(found, [
    { id: 1, name: "new" },
    { id: 2, name: null },
  ]);
  const all = `SELECT count(*) AS n FROM "silver".events_revisions AS a SEMI JOIN silver.events b
    ON a.id = b.id`;
  assert.deepEqual(await ask(folder, all), [{ n: 4 }]);
});

test("a table stays as it was when the lake was opened", async () => {
  const { folder, table } = await newLake([{ id: 1 }]);
  await withLake(folder, async (lake) => {
    await table.append([batchOf([{ id: 2 }])], []);
    const rows = await lake.query(`SELECT id FROM ${lake.rows("silver/events")}`);
    assert.deepEqual(rows, [{ id: 1 }]);
  });
});

test("a table that is missing is told from one that is empty", async () => {
  const { folder } = await newLake();
  await withLake(folder, async (lake) => {
    assert.deepEqual([...lake.tables.keys()], ["silver/events"]);
    const rows = await lake.query(`SELECT id, themes, slice FROM ${lake.rows("silver/events")}`);
    assert.deepEqual(rows, []);
    assert.throws(() => lake.rows("audit/lifecycle"), ConfigError);
  });
  await assert.rejects(
    withLake(join(scratch, "nowhere"), async () => {}),
    ConfigError,
  );
});

test("the partition is a column, and only files of the dates that are asked for are read", async () => {
  const { folder } = await newLake([
    { id: 1, slice: "2024-01-01T23:45:00Z" },
    { id: 2, slice: "2024-01-02T00:00:00Z" },
    { id: 3, slice: null },
  ]);
  await withLake(folder, async (lake) => {
    assert.deepEqual(
      lake.tables.get("silver/events")!.dates,
      new Set(["2024-01-01", "2024-01-02", null]),
    );
    const [file] = await readdir(dayFolder(folder, "2024-01-01"));
    await unlink(join(dayFolder(folder, "2024-01-01"), file!));
    const of = (date: string | null) =>
      lake.query(`SELECT id, slice_date FROM ${lake.rows("silver/events", new Set([date]))}`);
    assert.deepEqual(await of("2024-01-02"), [{ id: 2, slice_date: "2024-01-02" }]);
    assert.deepEqual(await of(null), [{ id: 3, slice_date: null }]);
    await assert.rejects(of("2024-01-01"), RetriableError);
  });
});

test("a question about one day reads no row of another, for the newest rows too", async () => {
  const { folder } = await newLake(
    [{ id: 1 }, { id: 2, slice: "2024-01-02T00:00:00Z" }],
    [{ id: 1, revision: 2, name: "new" }],
  );
  // Of the other day the footer can be read, which a view needs, and no row.
  const other = dayFolder(folder, "2024-01-02");
  const [file] = await readdir(other);
  const bytes = await readFile(join(other, file!));
  await writeFile(join(other, file!), bytes.fill(0xff, 4, 200));
  const names = "SELECT id, name FROM silver.events";
  await assert.rejects(ask(folder, names), RetriableError);
  const ofDay = await ask(folder, `${names} WHERE slice_date = DATE '2024-01-01'`);
  assert.deepEqual(ofDay, [{ id: 1, name: "new" }]);
});

test("a column that older files lack is null there, and one that no file has too", async () => {
  const { folder, store } = await newLake([{ id: 1 }]);
  const later = new Schema([...schema.fields, new Field("note", new Utf8(), true)]);
  const { table } = await openTable({ store, root: "silver/events", schema: later });
  const sql = "SELECT id, note FROM silver.events ORDER BY id";
  assert.deepEqual(await ask(folder, sql), [{ id: 1, note: null }]);
  const note = vectorFromArray(["new"], new Utf8()).data[0]!;
  await table.append([withColumns(later, 1, [...batchOf([{ id: 2 }]).data.children, note])], []);
  assert.deepEqual(await ask(folder, sql), [
    { id: 1, note: null },
    { id: 2, note: "new" },
  ]);
});

test("a file that is gone, or of another size, is told and left out", async () => {
  const { folder } = await newLake(
    [{ id: 1, slice: "2024-01-01T00:00:00Z" }],
    [{ id: 2, slice: "2024-01-02T00:00:00Z" }],
    [{ id: 3, slice: "2024-01-03T00:00:00Z" }],
  );
  const fileOf = async (date: string) => {
    const [name] = await readdir(dayFolder(folder, date));
    return join(dayFolder(folder, date), name!);
  };
  await unlink(await fileOf("2024-01-01"));
  await truncate(await fileOf("2024-01-02"), 100);
  await withLake(folder, async (lake) => {
    const { damaged } = lake.tables.get("silver/events")!;
    assert.deepEqual(
      damaged.map(({ path, found }) => [path.split("/")[2], found]),
      [
        ["slice_date=2024-01-01", null],
        ["slice_date=2024-01-02", 100],
      ],
    );
    const rows = await lake.query(`SELECT id FROM ${lake.rows("silver/events")}`);
    assert.deepEqual(rows, [{ id: 3 }]);
  });
});

test("a file whose bytes are rubbish is the lake's fault, not the statement's", async () => {
  const { folder } = await newLake([{ id: 1 }]);
  const [name] = await readdir(dayFolder(folder, "2024-01-01"));
  const file = join(dayFolder(folder, "2024-01-01"), name!);
  await writeFile(file, Buffer.alloc((await stat(file)).size));
  await assert.rejects(ask(folder, "SELECT id FROM silver.events"), RetriableError);
});

test("integers are numbers where those are exact, and a wrong statement is the caller's to mend", async () => {
  const { folder } = await newLake([{ id: 1 }]);
  const sql =
    "SELECT id, 9007199254740993::BIGINT AS large, sum(id) AS sum FROM silver.events GROUP BY id";
  assert.deepEqual(await ask(folder, sql), [{ id: 1, large: "9007199254740993", sum: 1 }]);
  for (const wrong of ["SELEC 1", "SELECT x FROM silver.events", "SELECT 1 FROM nowhere"]) {
    await assert.rejects(ask(folder, wrong), ConfigError);
  }
});
