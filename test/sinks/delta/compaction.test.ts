import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Schema, Utf8 } from "apache-arrow";
import fc from "fast-check";
import { ConfigError } from "../../../src/record/errors.ts";
import type { Action } from "../../../src/sinks/delta/actions.ts";
import {
  type CompactionResult,
  type CompactionSpec,
  compactPartition,
  compactTable,
} from "../../../src/sinks/delta/compaction.ts";
import { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { LogHistory } from "../../../src/sinks/delta/log-history.ts";
import { NewestRows } from "../../../src/sinks/delta/newest-rows.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { vacuum } from "../../../src/sinks/delta/vacuum.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import {
  asyncPropertyRuns,
  batchOf,
  jsonLines,
  openTable,
  propertyRuns,
  type Row,
  schema,
  surroundings,
} from "./delta-fixture.ts";
import { contentsOf } from "./sink-source.ts";
import { newestOf, versionsOf } from "./versions.ts";

const root = "lake/silver/events";
const newest: CompactionSpec = {
  newest: { key: ["id"], rank: ["generation", "revision"] },
  fileBytesMin: 1 << 20,
  fileBytesMax: 8 << 20,
};
const packing: CompactionSpec = { ...newest, newest: null };

const countsOf = ({ filesRemoved, filesAdded, rowsDropped }: CompactionResult) => ({
  filesRemoved,
  filesAdded,
  rowsDropped,
});

/** Every row of the table as text, sorted. */
async function rowsOf(table: DeltaTable): Promise<string[]> {
  await table.refresh();
  const rows: string[] = [];
  for (const file of table.snapshot.files.values()) {
    for (const batch of readParquet(await table.readFile(file))) {
      for (const row of batch.toArray()) {
        const { id, name, themes, generation, revision } = row.toJSON();
        rows.push(`${id} ${name} ${[...themes]} ${generation}.${revision} ${table.dateOf(file)}`);
      }
    }
  }
  return rows.sort();
}

async function commitOf(store: MemoryObjectStore, version: number): Promise<Action[]> {
  const name = String(version).padStart(20, "0");
  return jsonLines(await store.get(`${root}/_delta_log/${name}.json`)) as Action[];
}

async function tableOf(...commits: Row[][]) {
  const around = surroundings();
  const store = new MemoryObjectStore(around.clock);
  const { table, options } = await openTable({ store, ...around });
  for (const rows of commits) await table.append([batchOf(rows)], []);
  return { store, table, options };
}

const change = fc.record({
  id: fc.nat({ max: 4 }),
  revision: fc.integer({ min: 1, max: 5 }),
});

test("small files become one, with the same rows, and readers are told that nothing changed", async () => {
  const { store, table } = await tableOf(
    [{ id: 1, themes: ["A"] }],
    [{ id: 1 }, { id: 2, name: "x" }],
    [{ id: 3 }],
  );
  const before = await rowsOf(table);
  const result = await compactTable(table, packing);
  assert.deepEqual(countsOf(result), { filesRemoved: 3, filesAdded: 1, rowsDropped: 0 });
  assert.deepEqual(await rowsOf(table), before);
  const actions = await commitOf(store, table.snapshot.version);
  assert.equal(actions.filter(({ remove }) => remove?.dataChange === false).length, 3);
  const [add] = actions.flatMap((action) => action.add ?? []);
  assert.equal(add!.dataChange, false);
  assert.equal(JSON.parse(add!.stats!).numRecords, 4);
  assert.equal(actions[0]!.commitInfo!.isBlindAppend, false);
  // A single file is left as it is.
  assert.deepEqual(countsOf(await compactTable(table, packing)), {
    filesRemoved: 0,
    filesAdded: 0,
    rowsDropped: 0,
  });
});

test("the newest revision of each key stays, partition by partition, and that is a change", async () => {
  const { store, table } = await tableOf(
    [
      { id: 1, revision: 1 },
      { id: 2, revision: 5, themes: ["T"] },
    ],
    [
      { id: 1, revision: 3, name: "new" },
      { id: 2, revision: 4 },
    ],
    [
      { id: 1, generation: 0, revision: 9 },
      { id: 1, revision: 1, slice: "2024-01-05T00:00:00Z" },
    ],
  );
  const before = table.snapshot.version;
  const result = await compactTable(table, newest);
  // The file of the other day is written once more, as none: it is known from then on what is in it.
  assert.deepEqual(countsOf(result), { filesRemoved: 4, filesAdded: 2, rowsDropped: 3 });
  assert.deepEqual(await rowsOf(table), [
    "1 new  1.3 2024-01-01",
    "1 null  1.1 2024-01-05",
    "2 null T 1.5 2024-01-01",
  ]);
  const actions = await commitOf(store, before + 1);
  assert.ok(actions.every(({ add, remove }) => (add ?? remove)?.dataChange ?? true));
});

test("files with superseded rows are rewritten as a change of data, others put together as none", async () => {
  const { store, table } = await tableOf(
    [{ id: 1 }],
    [{ id: 1, revision: 2 }],
    [{ id: 2 }],
    [{ id: 3 }],
  );
  const before = table.snapshot.version;
  const result = await compactTable(table, newest);
  // One file goes with its row, the other three become one.
  assert.deepEqual(countsOf(result), { filesRemoved: 4, filesAdded: 1, rowsDropped: 1 });
  assert.equal(table.snapshot.version, before + 2);
  const history = await LogHistory.open(new DeltaLog(store, root));
  const seen: [string | undefined, (boolean | undefined)[]][] = [];
  for await (const { version, actions } of history.commits()) {
    if (version <= before) continue;
    const changes = actions.flatMap(({ add, remove }) => add ?? remove ?? []);
    const operation = actions[0]!.commitInfo?.operation;
    seen.push([operation, changes.map(({ dataChange }) => dataChange)]);
  }
  assert.deepEqual(seen, [
    ["DELETE", [true]],
    ["OPTIMIZE", [false, false, false, false]],
  ]);
});

test("who follows a table and skips its deletions sees each row once, however often it is compacted", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.constant("compact" as const), fc.array(change, { minLength: 1 }))),
      async (steps) => {
        const { store, table } = await tableOf();
        for (const step of steps) {
          if (step === "compact") await compactTable(table, newest);
          else await table.append([batchOf(step)], []);
        }
        const log = new DeltaLog(store, root);
        const history = await LogHistory.open(log);
        const followed: string[] = [];
        for await (const { actions } of history.commits()) {
          if (actions.some(({ remove }) => remove?.dataChange === true)) continue;
          for (const { add } of actions) {
            if (add?.dataChange !== true) continue;
            for (const batch of readParquet((await store.get(log.path(add.path)))!)) {
              for (const row of batch.toArray()) followed.push(`${row["id"]} ${row["revision"]}`);
            }
          }
        }
        const rows = steps.flatMap((step) => (step === "compact" ? [] : step));
        const expected = rows.map(({ id, revision }) => `${id} ${revision}`);
        assert.deepEqual(followed.sort(), expected.sort());
      },
    ),
    30,
  );
});

test("a partition that has been compacted is not read again until something comes to it", async () => {
  // As one file, and as several that are as large as files get.
  for (const [fileBytesMax, files] of [
    [8 << 20, 1],
    [1, 2],
  ] as const) {
    const spec = { ...newest, fileBytesMax };
    const { table, options } = await tableOf(
      [{ id: 1 }, { id: 3 }],
      [{ id: 1, revision: 2 }, { id: 2 }],
      [
        { id: 5, slice: "2024-01-05T00:00:00Z" },
        { id: 5, revision: 2, slice: "2024-01-05T00:00:00Z" },
      ],
    );
    await compactTable(table, spec);
    assert.equal(table.snapshot.files.size, files + 1);
    const read: string[] = [];
    const again = await DeltaTable.open({ ...options, store: watched(options.store, read) });
    const nothing = { filesRemoved: 0, filesAdded: 0, rowsDropped: 0 };
    assert.deepEqual(countsOf(await compactTable(again, spec)), nothing);
    assert.deepEqual(read, []);
    await again.append([batchOf([{ id: 2, revision: 2 }, { id: 4 }])], []);
    assert.equal((await compactTable(again, spec)).rowsDropped, 1);
    const dates = new Set(read.map((path) => /slice_date=([^/]*)/.exec(path)?.[1]));
    assert.deepEqual([...dates], ["2024-01-01"]);
    read.length = 0;
    assert.deepEqual(countsOf(await compactTable(again, spec)), nothing);
    assert.deepEqual(read, []);
  }
});

/** A store that says which data files are read. */
function watched(store: ObjectStore, read: string[]): ObjectStore {
  return {
    get: (path) => {
      if (path.endsWith(".parquet") && !path.includes("_delta_log")) read.push(path);
      return store.get(path);
    },
    put: (path, bytes) => store.put(path, bytes),
    putIfAbsent: (path, bytes) => store.putIfAbsent(path, bytes),
    list: (prefix) => store.list(prefix),
    delete: (path) => store.delete(path),
  };
}

test("large files without an old row are not touched, those with one are", async () => {
  const { table } = await tableOf([{ id: 1 }, { id: 2 }], [{ id: 3 }], [{ id: 3, revision: 2 }]);
  const result = await compactTable(table, { ...newest, fileBytesMin: 0 });
  assert.deepEqual(countsOf(result), { filesRemoved: 1, filesAdded: 0, rowsDropped: 1 });
  assert.equal(table.snapshot.files.size, 2);
});

test("a compaction makes as many files as the size asks for", async () => {
  const rows = (from: number) =>
    Array.from({ length: 500 }, (_, i) => ({ id: from + i, name: `${(from + i) * 7919}` }));
  const { table } = await tableOf(rows(0), rows(500), rows(1000), rows(1500));
  const [file] = table.snapshot.files.values();
  await compactTable(table, { ...packing, fileBytesMax: file!.size * 2.5 });
  assert.equal(table.snapshot.files.size, 2);
  assert.equal((await rowsOf(table)).length, 2000);
});

test("the rows are those of the newest per key, for any appends, of any batch order", async () => {
  const row = fc.record({
    id: fc.nat({ max: 6 }),
    generation: fc.integer({ min: 1, max: 2 }),
    revision: fc.integer({ min: 1, max: 3 }),
    slice: fc.constantFrom("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z"),
  });
  await asyncPropertyRuns(
    fc.asyncProperty(
      fc.array(fc.array(row, { minLength: 1, maxLength: 8 }), { maxLength: 6 }),
      async (commits) => {
        const { table } = await tableOf(...commits);
        await compactTable(table, newest);
        const best = new Map<string, string>();
        for (const { id, generation, revision, slice } of commits.flat()) {
          const key = `${id} ${slice.slice(0, 10)}`;
          const rank = `${generation}.${revision}`;
          if (rank > (best.get(key) ?? "")) best.set(key, rank);
        }
        const expected = [...best].map(([key, rank]) => {
          const [id, date] = key.split(" ");
          return `${id} null  ${rank} ${date}`;
        });
        assert.deepEqual(await rowsOf(table), expected.sort());
      },
    ),
    30,
  );
});

test("keys of several columns are told apart, nulls and empty texts too", () => {
  const id = fc.nat({ max: 2 });
  const name = fc.constantFrom(null, "", "a", "aa", "b".repeat(300), "b".repeat(299));
  propertyRuns(
    fc.property(
      fc.array(fc.tuple(id, name, fc.nat({ max: 3 })), { minLength: 1, maxLength: 60 }),
      (rows) => {
        const rowsNow = new NewestRows(["id", "name"], ["generation", "revision"]);
        const half = rows.length >> 1;
        const batch = (part: typeof rows) =>
          batchOf(part.map(([key, text, revision]) => ({ id: key, name: text, revision })));
        if (half > 0) rowsNow.add(batch(rows.slice(0, half)));
        rowsNow.add(batch(rows.slice(half)));
        const best = new Map<string, number>();
        for (const [i, [key, text, revision]] of rows.entries()) {
          const held = best.get(`${key} ${text}`);
          if (held === undefined || revision > rows[held]![2]) best.set(`${key} ${text}`, i);
        }
        const flags = [...rowsNow.flags()].flatMap((flag, i) => (flag === 1 ? [i] : []));
        assert.deepEqual(
          flags,
          [...best.values()].sort((a, b) => a - b),
        );
      },
    ),
    100,
  );
});

test("a hundred thousand keys keep their newest row", () => {
  const rows = new NewestRows(["id"], ["generation", "revision"]);
  const ids = Array.from({ length: 50_000 }, (_, i) => i);
  rows.add(batchOf(ids.map((id) => ({ id }))));
  rows.add(batchOf(ids.map((id) => ({ id, revision: id % 2 === 0 ? 2 : 0 }))));
  const flags = rows.flags();
  assert.equal(
    flags.reduce((sum, flag) => sum + flag, 0),
    50_000,
  );
  assert.deepEqual([flags[0], flags[1], flags[50_000], flags[50_001]], [0, 1, 1, 0]);
});

test("whatever compactions, clean-ups and writers do beside each other, every version reads the same", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(
      fc.scheduler(),
      fc.array(fc.array(fc.array(change, { minLength: 1, maxLength: 3 }), { maxLength: 3 }), {
        minLength: 1,
        maxLength: 3,
      }),
      fc.constantFrom(0, 1, 1 << 20),
      fc.constantFrom(1, 8 << 20),
      async (scheduler, writers, fileBytesMin, fileBytesMax) => {
        const around = surroundings();
        let plusMs = 0;
        const clock = { nowMs: () => around.clock.nowMs() + plusMs };
        const store = new MemoryObjectStore(clock);
        const { table: first, options } = await openTable({ ...around, clock, store });
        await first.append([batchOf([{ id: 1 }])], []);
        await first.append([batchOf([{ id: 1, revision: 2 }])], []);
        await first.append([batchOf([{ id: 2 }])], []);
        const orphan = `${root}/slice_date=2024-01-01/part-orphan.parquet`;
        await store.put(orphan, new Uint8Array(1));
        plusMs = 8 * 24 * 3_600_000;
        const scheduled = {
          get: scheduler.scheduleFunction((path: string) => store.get(path)),
          put: scheduler.scheduleFunction((path: string, bytes: Uint8Array) =>
            store.put(path, bytes),
          ),
          putIfAbsent: scheduler.scheduleFunction((path: string, bytes: Uint8Array) =>
            store.putIfAbsent(path, bytes),
          ),
          list: scheduler.scheduleFunction((prefix: string) => store.list(prefix)),
          delete: scheduler.scheduleFunction((path: string) => store.delete(path)),
        };
        const spec = { ...newest, fileBytesMin, fileBytesMax };
        const appended = new Map<number, string[]>([
          [1, ["1 1"]],
          [2, ["1 2"]],
          [3, ["2 1"]],
        ]);
        const append = async (commits: { id: number; revision: number }[][]) => {
          const table = await DeltaTable.open({ ...options, store: scheduled });
          for (const rows of commits) {
            const version = await table.append([batchOf(rows)], []);
            appended.set(
              version,
              rows.map(({ id, revision }) => `${id} ${revision}`),
            );
          }
        };
        const compact = async () => {
          await compactTable(await DeltaTable.open({ ...options, store: scheduled }), spec);
        };
        const clean = () => {
          const usual = { retentionMs: null, force: false, dryRun: false };
          return vacuum(new DeltaLog(scheduled, root), usual, clock);
        };
        await scheduler.waitFor(
          Promise.all([...writers.map(append), compact(), compact(), clean()]),
        );
        await compactTable(await DeltaTable.open(options), spec);
        assert.equal(await store.get(orphan), null);
        const all: string[] = [];
        for (const [version, rows] of await versionsOf(store, root)) {
          all.push(...(appended.get(version) ?? []));
          assert.deepEqual(newestOf(rows), newestOf(all), `version ${version}`);
          const count = (list: string[], row: string) => list.filter((each) => each === row).length;
          for (const row of rows)
            assert.ok(count(rows, row) <= count(all, row), `${version}: ${row}`);
        }
        // And a last one leaves the newest alone: no file was taken for settled that was not.
        const last = (await DeltaTable.open(options)).snapshot.version;
        const left = (await versionsOf(store, root)).get(last)!;
        assert.equal(left.length, Object.keys(newestOf(all)).length);
      },
    ),
    15,
  );
});

test("compactions and appends through one table object do not miss each other's commits", async () => {
  const { store, table } = await tableOf([{ id: 1 }], [{ id: 1, revision: 2 }], [{ id: 2 }]);
  const [first, , second] = await Promise.all([
    compactTable(table, newest),
    table.append([batchOf([{ id: 3 }])], []),
    compactTable(table, newest),
  ]);
  assert.equal(first.rowsDropped + second.rowsDropped, 1);
  assert.deepEqual((await contentsOf(store, root)).ids, [1, 2, 3]);
});

test("a conflicting compaction leaves no file of its own behind", async () => {
  const { store, table, options } = await tableOf([{ id: 1 }], [{ id: 2 }]);
  const first = await DeltaTable.open(options);
  // `table` has not seen this yet: its compaction is overtaken, done again, and finds one file.
  await compactTable(first, packing);
  const stored = (await store.list(`${root}/slice_date`)).length;
  const result = await compactPartition(table, "2024-01-01", packing);
  assert.deepEqual(countsOf(result), { filesRemoved: 0, filesAdded: 0, rowsDropped: 0 });
  assert.equal((await store.list(`${root}/slice_date`)).length, stored);
});

test("files from before a column was added are compacted with those after, newer ones are refused", async () => {
  const { table, options } = await tableOf([{ id: 1 }]);
  const wider = new Schema([...schema.fields, new Field("note", new Utf8(), true)]);
  const evolved = await DeltaTable.open({ ...options, schema: wider });
  const batch = batchOf([{ id: 2 }]);
  const { asTableBatch } = await import("../../../src/sinks/batch-shape.ts");
  await evolved.append([asTableBatch(batch, wider, "test")], []);
  // The old program would lose the column.
  await assert.rejects(compactTable(table, packing), ConfigError);
  assert.equal((await compactTable(evolved, packing)).filesAdded, 1);
  assert.deepEqual(await rowsOf(evolved), ["1 null  1.1 2024-01-01", "2 null  1.1 2024-01-01"]);
});
