import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Int32, Int64, type RecordBatch, Schema, vectorFromArray } from "apache-arrow";
import { withColumns } from "../../../src/sinks/batch-shape.ts";
import { type Action, encodeCommit } from "../../../src/sinks/delta/actions.ts";
import { compactTable } from "../../../src/sinks/delta/compaction.ts";
import { vacuum } from "../../../src/sinks/delta/vacuum.ts";
import { type RowIdentity, verifyTable } from "../../../src/sinks/delta/verify-table.ts";
import { batchOf, jsonLines, openTable, schema, surroundings } from "./delta-fixture.ts";

const root = "lake/silver/events";
const identity: RowIdentity = { kind: "key", columns: ["id", "generation", "revision"] };
const compaction = {
  newest: { key: ["id"], rank: ["generation", "revision"] },
  fileBytesMin: 1 << 20,
  fileBytesMax: 8 << 20,
} as const;

const commitPath = (version: number) =>
  `${root}/_delta_log/${String(version).padStart(20, "0")}.json`;

const step = (version: number) => ({
  appId: "app/1/lake/silver.events-0",
  previous: version === 1 ? null : version - 1,
  version,
});

/** A table of a few commits, one row of each of two dates in each, and ways to damage it. */
async function healthyTable(commits = 12) {
  const around = surroundings();
  const opened = await openTable({ ...around, commitsPerCheckpoint: 5 });
  const { store, table } = opened;
  for (let v = 1; v <= commits; v++) {
    const rows = [{ id: v }, { id: v, slice: "2024-01-02T00:00:00Z" }];
    await table.append([batchOf(rows)], [step(v)]);
  }
  const actionsOf = async (version: number) =>
    jsonLines(await store.get(commitPath(version))) as Action[];
  return {
    ...opened,
    paths: () => [...table.snapshot.files.keys()],
    verify: (by: RowIdentity | null = identity) => verifyTable(table.log, by),
    actionsOf,
    /** Puts a commit of these actions, as a writer with a bug would. */
    commit: async (...actions: Action[]) => {
      await table.refresh();
      await store.put(commitPath(table.snapshot.version + 1), encodeCommit(actions));
    },
    rewrite: async (version: number, change: (action: Action) => Action | Action[]) => {
      const actions = (await actionsOf(version)).flatMap(change);
      await store.put(commitPath(version), encodeCommit(actions));
    },
  };
}

test("a healthy table has no findings, after compactions and clean-ups neither", async () => {
  const { table, verify } = await healthyTable();
  const { transactions } = table.snapshot;
  const expected = { version: 12, files: 24, rows: 24, transactions, findings: [] };
  assert.deepEqual(await verify(), expected);
  assert.deepEqual(await verify(null), expected);
  await table.append([batchOf([{ id: 1, revision: 2 }])], [step(13)]);
  await compactTable(table, compaction);
  const { findings, rows } = await verify();
  assert.deepEqual([findings, rows], [[], 24]);
  const later = { nowMs: () => Date.UTC(2024, 6, 1) };
  const done = await vacuum(table.log, { retentionMs: null, force: false, dryRun: false }, later);
  assert.ok(done.dataFiles > 0 && done.logFiles > 0);
  assert.deepEqual((await verify()).findings, []);
});

test("a table with a column that older files lack is healthy", async () => {
  const { options, verify } = await healthyTable(2);
  const wider = new Schema([...schema.fields, new Field("note", new Int32(), true)]);
  const { table } = await openTable({ ...options, schema: wider });
  const note = vectorFromArray([1], new Int32()).data[0]!;
  const batch = withColumns(wider, 1, [...batchOf([{ id: 9 }]).data.children, note]);
  await table.append([batch], [step(3)]);
  assert.deepEqual((await verify()).findings, []);
});

test("a data file that is missing is found", async () => {
  const { store, paths, verify } = await healthyTable();
  const [lost] = paths();
  await store.delete(`${root}/${lost}`);
  assert.deepEqual((await verify()).findings, [`file ${lost} is missing`]);
});

test("a data file of another size is found", async () => {
  const { store, paths, verify } = await healthyTable();
  const path = paths()[3]!;
  const bytes = (await store.get(`${root}/${path}`))!;
  await store.put(`${root}/${path}`, bytes.subarray(1));
  assert.deepEqual((await verify()).findings, [
    `file ${path} has ${bytes.length - 1} bytes, the log says ${bytes.length}`,
  ]);
});

test("a data file that is no Parquet file is found, and the others are read all the same", async () => {
  const { store, paths, verify } = await healthyTable();
  const path = paths()[0]!;
  const bytes = (await store.get(`${root}/${path}`))!;
  for (const damaged of [bytes.map(() => 7), bytes.with(4, 0xff).fill(0xff, 4, 40)]) {
    await store.put(`${root}/${path}`, damaged);
    const { findings, rows } = await verify();
    assert.equal(findings.length, 1);
    assert.match(findings[0]!, new RegExp(`^file ${path} cannot be read: `));
    assert.equal(rows, 23);
  }
});

test("a file with another number of rows than its statistics say is found", async () => {
  const { rewrite, paths, verify } = await healthyTable(3);
  await rewrite(2, (action) => {
    if (action.add === undefined) return action;
    const stats = action.add.stats!.replace('"numRecords":1', '"numRecords":2');
    return { add: { ...action.add, stats } };
  });
  assert.deepEqual(
    [...(await verify()).findings].sort(),
    [2, 3].map((n) => `file ${paths()[n]} has 1 rows, its statistics say 2`).sort(),
  );
});

test("a row that is there twice is found, in two files or in one", async () => {
  const { table, paths, verify } = await healthyTable(3);
  await table.append([batchOf([{ id: 50 }, { id: 2 }, { id: 51 }, { id: 50 }])], [step(4)]);
  const { findings } = await verify();
  assert.equal(findings.length, 1);
  assert.match(
    findings[0]!,
    /2 rows are in the table twice, e\.g\. id 2, generation 1, revision 1/,
  );
  assert.ok(findings[0]!.endsWith(` is in ${paths()[2]} already`), findings[0]);
  // The same key with another revision is another row, and without a key there is nothing to say.
  await table.append([batchOf([{ id: 3, revision: 2 }])], [step(5)]);
  assert.equal((await verify()).findings.length, 1);
  assert.deepEqual((await verify(null)).findings, []);
});

test("a row in the wrong partition is found", async () => {
  const { commit, actionsOf, verify } = await healthyTable(3);
  const [{ add }] = (await actionsOf(2)).filter((action) => action.add) as [Required<Action>];
  await commit(
    { remove: { path: add.path, dataChange: true, deletionTimestamp: 1 } },
    { add: { ...add, path: add.path, partitionValues: { slice_date: "2024-03-03" } } },
  );
  assert.deepEqual((await verify()).findings, [`file ${add.path} has rows of 2024-01-01`]);
});

test("a position that goes back or stands still is found", async () => {
  const { commit, verify } = await healthyTable(6);
  const { appId } = step(1);
  await commit({ txn: { appId, version: 4 } });
  await commit({ txn: { appId, version: 4 } }, { txn: { appId: "other", version: 1 } });
  await commit({ txn: { appId, version: 9 } });
  assert.deepEqual((await verify()).findings, [
    `version 7: ${appId} goes from 6 to 4`,
    `version 8: ${appId} goes from 4 to 4`,
  ]);
});

test("a commit that is missing in the middle is found", async () => {
  const { store, verify } = await healthyTable();
  await store.delete(commitPath(7));
  assert.deepEqual((await verify()).findings, ["no commit between version 6 and 8"]);
});

test("a commit that cannot be read is found", async () => {
  const { store, verify } = await healthyTable();
  await store.put(commitPath(8), Buffer.from('{"add":'));
  const { findings } = await verify();
  assert.deepEqual(findings, [`${commitPath(8)} is no Delta commit: a line of it is not JSON`]);
});

test("a log that begins in the middle is found", async () => {
  const { store, verify } = await healthyTable(4);
  await store.delete(commitPath(0));
  const { version, findings } = await verify();
  assert.equal(version, -1);
  assert.match(findings.join(), /has neither its first commit nor a checkpoint$/);
});

test("a checkpoint that does not say what the commits do is found", async () => {
  const { store, paths, verify } = await healthyTable();
  const checkpoint = (version: number) =>
    commitPath(version).replace(".json", ".checkpoint.parquet");
  await store.put(checkpoint(10), (await store.get(checkpoint(5)))!);
  const { findings } = await verify();
  const from = "the checkpoint of version 10";
  assert.ok(findings.includes(`${from} does not have app/1/lake/silver.events-0 at 10`));
  assert.ok(findings.includes(`${from} has app/1/lake/silver.events-0 at 5, the commits do not`));
  const files = paths().slice(10, 20);
  for (const path of files) {
    assert.ok(findings.some((each) => each.startsWith(`${from} does not have file ${path} of `)));
  }
  assert.equal(findings.length, 12);
});

test("a pointer to a checkpoint that is not there is found", async () => {
  const { store, table, verify } = await healthyTable();
  await store.put(table.log.lastCheckpointPath, Buffer.from('{"version":6,"size":1}'));
  assert.deepEqual((await verify()).findings, [
    "_last_checkpoint names version 6, of which there is no whole checkpoint",
  ]);
});

test("a file without a column by which its rows are known is found", async () => {
  const { verify, paths } = await healthyTable(1);
  const { findings } = await verify({ kind: "key", columns: ["id", "edition"] });
  assert.deepEqual(
    findings,
    paths().map((path) => `file ${path} cannot be read: it has no column edition`),
  );
});

const published = new Schema([
  new Field("partition", new Int32(), true),
  new Field("offset", new Int64(), true),
  schema.fields.find(({ name }) => name === "slice")!,
]);

function publishedRows(
  rows: readonly (readonly [partition: number, offset: number])[],
): RecordBatch {
  const slice = rows.map(() => Date.UTC(2024, 0, 1));
  return withColumns(published, rows.length, [
    vectorFromArray(
      rows.map(([partition]) => partition),
      new Int32(),
    ).data[0]!,
    vectorFromArray(
      rows.map(([, offset]) => BigInt(offset)),
      new Int64(),
    ).data[0]!,
    vectorFromArray(slice, published.fields[2]!.type).data[0]!,
  ]);
}

test("a doubled offset, and one beyond the position of its partition, are found", async () => {
  const { table } = await openTable({ schema: published });
  const by: RowIdentity = { kind: "position", columns: ["partition", "offset"] };
  const move = (partition: number, previous: number | null, version: number) => ({
    appId: `app/1/bronze/gdelt.events-${partition}`,
    previous,
    version,
  });
  await table.append(
    [
      publishedRows([
        [0, 0],
        [0, 1],
        [1, 0],
        [0, 2],
      ]),
    ],
    [move(0, null, 3), move(1, null, 1)],
  );
  assert.deepEqual((await verifyTable(table.log, by)).findings, []);
  await table.append(
    [
      publishedRows([
        [0, 3],
        [0, 1],
        [1, 5],
        [2, 0],
      ]),
    ],
    [move(0, 3, 4)],
  );
  const { findings } = await verifyTable(table.log, by);
  assert.match(findings[0]!, /a row is in the table twice, e\.g\. partition 0, offset 1 is in /);
  assert.deepEqual(findings.slice(1), [
    "there is a row of offset 5 of partition 1, but the position is 1",
    "there is a row of offset 0 of partition 2, but there is no position",
  ]);
});
