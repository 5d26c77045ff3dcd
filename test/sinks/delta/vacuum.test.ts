import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import { compactTable } from "../../../src/sinks/delta/compaction.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { cleanLog, vacuum } from "../../../src/sinks/delta/vacuum.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import { batchOf, openTable, surroundings } from "./delta-fixture.ts";
import { contentsOf } from "./sink-source.ts";

const root = "lake/silver/events";
const dayMs = 24 * 3_600_000;

async function agingTable() {
  const around = surroundings();
  const time = { plusMs: 0 };
  const clock = { nowMs: () => around.clock.nowMs() + time.plusMs };
  const store = new MemoryObjectStore(clock);
  const { table } = await openTable({ ...around, clock, store });
  const data = async () =>
    (await store.list(`${root}/`)).filter(({ path }) => !path.includes("_delta_log")).length;
  return { store, table, time, data };
}

test("a vacuum takes old files that no commit names and old removed ones, and nothing else", async () => {
  const { store, table, time, data } = await agingTable();
  await table.append([batchOf([{ id: 1 }])], []);
  await table.append([batchOf([{ id: 2 }])], []);
  await store.put(`${root}/slice_date=2024-01-01/part-orphan.parquet`, new Uint8Array(9));
  await store.put(`${root}/notes.txt`, new Uint8Array(9));
  time.plusMs = 5 * dayMs;
  await compactTable(table, { newest: null, fileBytesMin: 1 << 20, fileBytesMax: 8 << 20 });
  await store.put(`${root}/slice_date=2024-01-01/part-young.parquet`, new Uint8Array(9));
  assert.equal(await data(), 6);
  // The two removed files are old, but their removal is not: somebody may be reading them.
  time.plusMs = 8 * dayMs;
  assert.equal(await vacuum(table), 1);
  time.plusMs = 13 * dayMs;
  assert.equal(await vacuum(table), 3);
  assert.equal(await data(), 2);
  assert.deepEqual((await contentsOf(store, root)).ids, [1, 2]);
});

test("a log is cleaned up to the newest old checkpoint, and the table stays what it is", async () => {
  const { store, table, time } = await agingTable();
  for (let v = 1; v <= 25; v++) await table.append([batchOf([{ id: v }])], []);
  time.plusMs = 10 * dayMs;
  for (let v = 26; v <= 32; v++) await table.append([batchOf([{ id: v }])], []);
  const names = async () =>
    (await store.list(`${root}/_delta_log/`)).map(({ path }) => path.split("/").at(-1)!);
  assert.equal(await cleanLog(table, 7 * dayMs), 21);
  assert.equal((await names())[0], `${"20".padStart(20, "0")}.checkpoint.parquet`);
  assert.equal(await cleanLog(table, 7 * dayMs), 0);
  const all = Array.from({ length: 32 }, (_, i) => i + 1);
  assert.deepEqual((await contentsOf(store, root)).ids, all);
  // Also from the checkpoint that is kept for older versions.
  await store.delete(`${root}/_delta_log/_last_checkpoint`);
  await store.delete(`${root}/_delta_log/${"30".padStart(20, "0")}.checkpoint.parquet`);
  assert.equal((await new DeltaLog(store, root).load())!.files.size, 32);
});

test("a retention under a day is refused", async () => {
  const { table } = await agingTable();
  await assert.rejects(vacuum(table, dayMs - 1), ConfigError);
  await assert.rejects(cleanLog(table, 0), ConfigError);
});
