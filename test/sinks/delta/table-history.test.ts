import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeCommit } from "../../../src/sinks/delta/actions.ts";
import { compactTable } from "../../../src/sinks/delta/compaction.ts";
import { tableHistory } from "../../../src/sinks/delta/table-history.ts";
import { vacuum } from "../../../src/sinks/delta/vacuum.ts";
import { batchOf, openTable, surroundings } from "./delta-fixture.ts";

const root = "lake/silver/events";
const compaction = {
  newest: { key: ["id"], rank: ["generation", "revision"] },
  fileBytesMin: 1 << 20,
  fileBytesMax: 8 << 20,
} as const;

test("each version is told with its files and rows, what did it, and the positions it moved", async () => {
  const { table } = await openTable(surroundings());
  const txn = { appId: "app", previous: null, version: 7 };
  await table.append([batchOf([{ id: 1 }, { id: 2 }, { id: 3, slice: null }])], [txn]);
  await table.append([batchOf([{ id: 1, revision: 2 }])], []);
  await table.append([batchOf([{ id: 4 }])], []);
  await compactTable(table, compaction);
  const entries = await tableHistory(table.log);
  assert.deepEqual(
    entries.map((entry) => [
      entry.operation,
      entry.filesAdded,
      entry.filesRemoved,
      entry.rowsAdded,
      entry.rowsRemoved,
    ]),
    [
      ["CREATE TABLE", 0, 0, 0, 0],
      ["STREAMING UPDATE", 2, 0, 3, 0],
      ["STREAMING UPDATE", 1, 0, 1, 0],
      ["STREAMING UPDATE", 1, 0, 1, 0],
      ["DELETE", 1, 1, 1, 2],
      ["OPTIMIZE", 1, 3, 3, 3],
      // The one file of another partition, for its tag.
      ["OPTIMIZE", 1, 1, 1, 1],
    ],
  );
  assert.deepEqual(
    entries.map(({ version }) => version),
    [0, 1, 2, 3, 4, 5, 6],
  );
  assert.ok(entries.every(({ writer }) => writer === "gdelt-streams"));
  assert.ok(entries.every(({ timeMs }, i) => i === 0 || timeMs >= entries[i - 1]!.timeMs));
  assert.deepEqual(
    entries[1]!.transactions.map(({ appId, version }) => [appId, version]),
    [["app", 7]],
  );
});

test("a commit of another writer is told as far as it tells itself", async () => {
  const { store, table } = await openTable(surroundings());
  const path = (version: number) => `${root}/_delta_log/${String(version).padStart(20, "0")}.json`;
  const commitInfo = { timestamp: 5, operation: "WRITE", clientVersion: "delta-rs.1.2.3" };
  await store.put(path(1), encodeCommit([{ commitInfo }]));
  const add = { path: "x", partitionValues: {}, size: 1, modificationTime: 1, dataChange: true };
  await store.put(path(2), encodeCommit([{ add }]));
  const [, first, second] = await tableHistory(table.log);
  assert.deepEqual(
    [first!.timeMs, first!.operation, first!.writer],
    [5, "WRITE", "delta-rs.1.2.3"],
  );
  assert.deepEqual(
    [second!.operation, second!.writer, second!.filesAdded],
    ["unknown", "unknown", 1],
  );
  const [stored] = (await store.list(path(2))).map(({ modifiedMs }) => modifiedMs);
  assert.equal(second!.timeMs, stored);
});

test("behind a clean-up the history begins where the log does, and still knows what was removed", async () => {
  const { table } = await openTable({ ...surroundings(), commitsPerCheckpoint: 2 });
  for (let id = 1; id <= 4; id++) await table.append([batchOf([{ id }])], []);
  const later = { nowMs: () => Date.UTC(2024, 6, 1) };
  await vacuum(table.log, { retentionMs: null, force: false, dryRun: false }, later);
  await compactTable(table, compaction);
  const entries = await tableHistory(table.log);
  assert.deepEqual(
    entries.map(({ version, rowsRemoved }) => [version, rowsRemoved]),
    [[5, 4]],
  );
});
