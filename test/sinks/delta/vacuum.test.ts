import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import { compactTable } from "../../../src/sinks/delta/compaction.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { type VacuumOptions, vacuum } from "../../../src/sinks/delta/vacuum.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import { batchOf, openTable, surroundings } from "./delta-fixture.ts";
import { contentsOf } from "./sink-source.ts";

const root = "lake/silver/events";
const dayMs = 24 * 3_600_000;
const usual: VacuumOptions = { retentionMs: null, force: false, dryRun: false };
const packing = { newest: null, fileBytesMin: 1 << 20, fileBytesMax: 8 << 20 };

async function agingTable() {
  const around = surroundings();
  const time = { plusMs: 0 };
  const clock = { nowMs: () => around.clock.nowMs() + time.plusMs };
  const store = new MemoryObjectStore(clock);
  const { table, options } = await openTable({ ...around, clock, store });
  const log = new DeltaLog(store, root);
  const names = async (folder = "") =>
    (await store.list(`${root}/${folder}`)).map(({ path }) => path.slice(root.length + 1));
  return {
    store,
    table,
    options,
    log,
    time,
    names,
    vacuum: (over: Partial<VacuumOptions> = {}) => vacuum(log, { ...usual, ...over }, clock),
    data: async () => (await names()).filter((name) => !name.startsWith("_delta_log")),
  };
}

/** Sets properties of the table, as other writers do. */
async function configure(
  { table }: Awaited<ReturnType<typeof agingTable>>,
  properties: Readonly<Record<string, string>>,
): Promise<void> {
  const { metaData } = table.snapshot;
  const configuration = { ...metaData.configuration, ...properties };
  const outcome = await table.commit({
    operation: "SET TBLPROPERTIES",
    operationParameters: {},
    actions: [{ metaData: { ...metaData, configuration } }],
    transactions: [],
    isBlindAppend: false,
    reads: new Set(),
    fits: metaData,
  });
  assert.equal(outcome.kind, "committed");
}

test("a vacuum takes old files that no commit names and old removed ones, and nothing else", async () => {
  const { store, table, time, data, vacuum: run } = await agingTable();
  await table.append([batchOf([{ id: 1 }])], []);
  await table.append([batchOf([{ id: 2 }])], []);
  await store.put(`${root}/slice_date=2024-01-01/part-orphan.parquet`, new Uint8Array(9));
  await store.put(`${root}/notes.txt`, new Uint8Array(9));
  await store.put(`${root}/_index/part-1.parquet`, new Uint8Array(9));
  time.plusMs = 5 * dayMs;
  await compactTable(table, packing);
  await store.put(`${root}/slice_date=2024-01-01/part-young.parquet`, new Uint8Array(9));
  assert.equal((await data()).length, 7);
  // The two removed files are old, but their removal is not: somebody may be reading them.
  time.plusMs = 8 * dayMs;
  assert.deepEqual(await run(), { dataFiles: 1, bytes: 9, logFiles: 0 });
  time.plusMs = 13 * dayMs;
  assert.equal((await run()).dataFiles, 3);
  assert.equal((await data()).length, 3);
  assert.deepEqual((await contentsOf(store, root)).ids, [1, 2]);
});

test("a dry run counts what a vacuum would delete, and deletes nothing", async () => {
  const { store, table, time, names, vacuum: run } = await agingTable();
  for (let v = 1; v <= 12; v++) await table.append([batchOf([{ id: v }])], []);
  await compactTable(table, packing);
  await store.put(`${root}/slice_date=2024-01-01/part-orphan.parquet`, new Uint8Array(9));
  time.plusMs = 40 * dayMs;
  const before = await names();
  const counted = await run({ dryRun: true });
  assert.deepEqual(await names(), before);
  assert.deepEqual(await run(), counted);
  assert.equal(counted.dataFiles, 13);
  // Commits 0 to 9: the checkpoint of version 10 is old enough to begin with.
  assert.equal(counted.logFiles, 10);
  assert.equal((await names()).length, before.length - 23);
});

test("who reads a version goes on reading it for as long as the table keeps removed files", async () => {
  const { store, table, log, time, vacuum: run } = await agingTable();
  for (let v = 1; v <= 3; v++) await table.append([batchOf([{ id: v }])], []);
  time.plusMs = 30 * dayMs;
  const reader = (await log.load())!;
  const read = async () => {
    const ids: number[] = [];
    for (const path of reader.files.keys()) {
      for (const batch of readParquet((await store.get(`${root}/${path}`))!)) {
        for (const id of batch.getChild("id")!) ids.push(Number(id));
      }
    }
    return ids.sort();
  };
  await compactTable(table, packing);
  await run();
  time.plusMs = 37 * dayMs - 60_000;
  await run();
  assert.deepEqual(await read(), [1, 2, 3]);
  time.plusMs = 37 * dayMs + 60_000;
  await run();
  await assert.rejects(read());
});

test("a file that is committed while the vacuum looks is not taken for nobody's", async () => {
  const { store, table, options, time } = await agingTable();
  const [first] = table.snapshot.files.keys();
  assert.equal(first, undefined);
  // Written long before its commit, which comes between the listing and the deletions.
  const file = { bytes: new Uint8Array(9), rows: 1, stats: '{"numRecords":1}' };
  const add = await table.writeFile(file, "2024-01-01", true);
  time.plusMs = 8 * dayMs;
  const meddling = new (class extends MemoryObjectStore {
    override async list(prefix: string) {
      const listed = await store.list(prefix);
      if (table.snapshot.version === 0) {
        const plan = { operation: "WRITE", operationParameters: {}, transactions: [] };
        const fits = table.snapshot.metaData;
        const more = { actions: [{ add }], isBlindAppend: true, reads: new Set<string>(), fits };
        await table.commit({ ...plan, ...more });
      }
      return listed;
    }
    override get = (path: string) => store.get(path);
    override delete = (path: string) => store.delete(path);
  })(options.clock);
  assert.equal((await vacuum(new DeltaLog(meddling, root), usual, options.clock)).dataFiles, 0);
  assert.notEqual(await store.get(`${root}/${add.path}`), null);
});

test("a retention that readers or writers may rely on is refused, unless it is forced", async () => {
  const aging = await agingTable();
  const { table, time, data, vacuum: run } = aging;
  await table.append([batchOf([{ id: 1 }])], []);
  await table.append([batchOf([{ id: 2 }])], []);
  await compactTable(table, packing);
  time.plusMs = 2 * dayMs;
  await assert.rejects(run({ retentionMs: dayMs }), (error: Error) => {
    assert.ok(error instanceof ConfigError);
    assert.match(error.message, /24 h is less than the 168 h .*--force/);
    return true;
  });
  assert.equal((await data()).length, 3);
  assert.equal((await run({ retentionMs: dayMs, force: true })).dataFiles, 2);
  // Removed files are forgotten after a week: more cannot be promised.
  await assert.rejects(run({ retentionMs: 8 * dayMs }), ConfigError);
  await assert.rejects(run({ retentionMs: 8 * dayMs, force: true }), ConfigError);
  await configure(aging, { "delta.deletedFileRetentionDuration": "interval 14 days" });
  await run({ retentionMs: 14 * dayMs });
  await assert.rejects(run({ retentionMs: 13 * dayMs }), ConfigError);
});

test("a table that keeps removed files longer has them in its checkpoints for as long", async () => {
  const aging = await agingTable();
  const { store, table, log, time, vacuum: run } = aging;
  await configure(aging, { "delta.deletedFileRetentionDuration": "interval 14 days" });
  await table.append([batchOf([{ id: 1 }])], []);
  await table.append([batchOf([{ id: 2 }])], []);
  const removed = [...table.snapshot.files.keys()];
  await compactTable(table, packing);
  time.plusMs = 10 * dayMs;
  for (let n = 0; n < 12; n++) await table.append([batchOf([{ id: 10 + n }])], []);
  assert.equal((await log.load())!.tombstones.size, 2);
  assert.equal((await run()).dataFiles, 0);
  for (const path of removed) assert.notEqual(await store.get(`${root}/${path}`), null);
});

test("a log is cleaned up to the newest checkpoint that is old enough, and the table stays", async () => {
  const { store, table, log, time, names, vacuum: run } = await agingTable();
  for (let v = 1; v <= 25; v++) await table.append([batchOf([{ id: v }])], []);
  // What other writers leave beside: a checksum, a checkpoint in two parts.
  await store.put(`${root}/_delta_log/${"5".padStart(20, "0")}.crc`, new Uint8Array(1));
  const part = `${root}/_delta_log/${"7".padStart(20, "0")}.checkpoint.0000000001.0000000002.parquet`;
  await store.put(part, new Uint8Array(1));
  time.plusMs = 31 * dayMs;
  for (let v = 26; v <= 32; v++) await table.append([batchOf([{ id: v }])], []);
  // Commits 0 to 19, the checkpoint of 10, and the two strangers.
  assert.equal((await run()).logFiles, 23);
  assert.equal(
    (await names("_delta_log/"))[0],
    `_delta_log/${"20".padStart(20, "0")}.checkpoint.parquet`,
  );
  assert.equal((await run()).logFiles, 0);
  const all = Array.from({ length: 32 }, (_, i) => i + 1);
  assert.deepEqual((await contentsOf(store, root)).ids, all);
  // Also from the checkpoint that is kept for older versions.
  await store.delete(`${root}/_delta_log/_last_checkpoint`);
  await store.delete(`${root}/_delta_log/${"30".padStart(20, "0")}.checkpoint.parquet`);
  assert.equal((await log.load())!.files.size, 32);
});

test("a log is kept for as long as the table says", async () => {
  for (const [properties, deleted] of [
    [{ "delta.logRetentionDuration": "interval 60 days" }, 0],
    [{ "delta.enableExpiredLogCleanup": "false" }, 0],
    [{ "delta.logRetentionDuration": "interval 10 days" }, 21],
  ] as const) {
    const aging = await agingTable();
    const { table, time, vacuum: run } = aging;
    await configure(aging, properties);
    for (let v = 1; v <= 21; v++) await table.append([batchOf([{ id: v }])], []);
    time.plusMs = 31 * dayMs;
    assert.equal((await run()).logFiles, deleted, JSON.stringify(properties));
  }
});

test("where there is no table, nothing is deleted", async () => {
  const store = new MemoryObjectStore({ nowMs: () => 0 });
  await store.put("photos/holiday.parquet", new Uint8Array(1));
  const clock = { nowMs: () => 100 * dayMs };
  await assert.rejects(vacuum(new DeltaLog(store, "photos"), usual, clock), ConfigError);
  assert.equal((await store.list("")).length, 1);
});
