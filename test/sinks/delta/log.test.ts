import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigError,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
} from "../../../src/record/errors.ts";
import type { Action } from "../../../src/sinks/delta/actions.ts";
import { encodeCommit } from "../../../src/sinks/delta/actions.ts";
import { readCheckpoint } from "../../../src/sinks/delta/checkpoint.ts";
import { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import type { Snapshot } from "../../../src/sinks/delta/snapshot.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import { InterceptedObjectStore } from "../../../src/testing/intercepted-object-store.ts";
import { batchOf, jsonLines, openTable, surroundings } from "./delta-fixture.ts";
import { FaultyStore } from "./faulty-store.ts";

const root = "lake/silver/events";
const stateOf = (snapshot: Snapshot) => ({
  version: snapshot.version,
  protocol: snapshot.protocol,
  metaData: snapshot.metaData,
  transactions: [...snapshot.transactions.values()].map(({ appId, version }) => [appId, version]),
  files: [...snapshot.files.values()].map(({ path, size, partitionValues, stats }) => [
    path,
    size,
    partitionValues,
    stats,
  ]),
  tombstones: [...snapshot.tombstones.keys()],
});

const step = (version: number) => ({
  appId: "app",
  previous: version === 1 ? null : version - 1,
  version,
});

async function tableWithCommits(count: number, commitsPerCheckpoint = 10) {
  const opened = await openTable({ commitsPerCheckpoint });
  for (let v = 1; v <= count; v++) {
    await opened.table.append([batchOf([{ id: v }, { id: v, slice: null }])], [step(v)]);
  }
  return opened;
}

test("a table read anew is the table that was written, with checkpoints and without", async () => {
  for (const commitsPerCheckpoint of [1, 3, 100]) {
    const { store, table } = await tableWithCommits(12, commitsPerCheckpoint);
    const read = await new DeltaLog(store, root).load();
    assert.deepEqual(stateOf(read!), stateOf(table.snapshot));
    assert.equal(read!.version, 12);
    assert.equal(read!.files.size, 24);
  }
});

test("a commit is one JSON action a line, as the protocol spells them", async () => {
  const { store, options } = await tableWithCommits(1);
  const [info, protocol, metaData] = jsonLines(
    await store.get(`${root}/_delta_log/${"0".repeat(20)}.json`),
  );
  assert.equal(info!["commitInfo"]!["operation"], "CREATE TABLE");
  assert.deepEqual(protocol, { protocol: { minReaderVersion: 1, minWriterVersion: 2 } });
  assert.deepEqual(metaData!["metaData"]!["partitionColumns"], ["slice_date"]);
  assert.equal(metaData!["metaData"]!["name"], options.name);
  const lines = jsonLines(await store.get(`${root}/_delta_log/${"0".repeat(19)}1.json`));
  assert.deepEqual(
    lines.map((line) => Object.keys(line)),
    [["commitInfo"], ["txn"], ["add"], ["add"]],
  );
  const [{ commitInfo }, , { add }, { add: nulls }] = lines as never as Required<Action>[] as [
    Required<Action>,
    Required<Action>,
    Required<Action>,
    Required<Action>,
  ];
  assert.equal(commitInfo.isBlindAppend, true);
  assert.equal(commitInfo.readVersion, 0);
  assert.match(add.path, /^slice_date=2024-01-01\/part-00000-.+\.parquet$/);
  assert.deepEqual(add.partitionValues, { slice_date: "2024-01-01" });
  assert.equal(add.size, (await store.get(`${root}/${add.path}`))!.byteLength);
  assert.equal(JSON.parse(add.stats!).numRecords, 1);
  assert.match(nulls.path, /^slice_date=__HIVE_DEFAULT_PARTITION__\//);
  assert.deepEqual(nulls.partitionValues, { slice_date: null });
});

test("a log is read without its first commits, and without the pointer to its checkpoint", async () => {
  const { store, table } = await tableWithCommits(23);
  for (let v = 0; v < 20; v++) {
    await store.delete(`${root}/_delta_log/${String(v).padStart(20, "0")}.json`);
  }
  const log = new DeltaLog(store, root);
  assert.deepEqual(stateOf((await log.load())!), stateOf(table.snapshot));
  await store.put(`${root}/_delta_log/_last_checkpoint`, Buffer.from('{"version":2'));
  assert.deepEqual(stateOf((await log.load())!), stateOf(table.snapshot));
  await store.delete(`${root}/_delta_log/_last_checkpoint`);
  assert.deepEqual(stateOf((await log.load())!), stateOf(table.snapshot));
  for (const { path } of await store.list(`${root}/_delta_log/`)) {
    if (path.includes("checkpoint")) await store.delete(path);
  }
  await assert.rejects(log.load(), TaskCorruptedError);
});

test("a checkpoint keeps young tombstones and drops those no reader may need", async () => {
  const { clock, uniqueName } = surroundings();
  let plusMs = 0;
  const { store, table } = await openTable({
    clock: { nowMs: () => clock.nowMs() + plusMs },
    uniqueName,
    commitsPerCheckpoint: 1,
  });
  await table.append([batchOf([{ id: 1 }])], []);
  const remove = async (path: string) => {
    const actions = [
      { remove: { path, deletionTimestamp: table.clock.nowMs(), dataChange: true } },
    ];
    const plan = { operation: "DELETE", operationParameters: {}, actions, transactions: [] };
    const fits = table.snapshot.metaData;
    return await table.commit({ ...plan, isBlindAppend: false, reads: new Set(), fits });
  };
  const [path] = table.snapshot.files.keys();
  await remove(path!);
  const tombstones = async (version: number) => {
    const name = `${root}/_delta_log/${String(version).padStart(20, "0")}.checkpoint.parquet`;
    const actions = await readCheckpoint((await store.get(name))!, name);
    return actions.flatMap(({ remove: removed }) => removed?.path ?? []);
  };
  assert.deepEqual(await tombstones(2), [path]);
  plusMs = 8 * 24 * 3_600_000;
  await table.append([batchOf([{ id: 2 }])], []);
  assert.deepEqual(await tombstones(3), []);
});

test("a table of a newer protocol is refused with the features it names", async () => {
  const { store, options } = await tableWithCommits(1);
  const protocol = {
    minReaderVersion: 3,
    minWriterVersion: 7,
    readerFeatures: ["deletionVectors"],
  };
  await store.put(`${root}/_delta_log/${"0".repeat(19)}2.json`, encodeCommit([{ protocol }]));
  await assert.rejects(DeltaTable.open(options), (error: Error) => {
    return (
      error instanceof ConfigError &&
      /reader 3 and writer 7 \(deletionVectors\)/.test(error.message)
    );
  });
});

test("a commit that is not JSON is a corrupted log", async () => {
  const { store, options } = await tableWithCommits(1);
  await store.put(`${root}/_delta_log/${"0".repeat(19)}2.json`, Buffer.from('{"add":'));
  await assert.rejects(DeltaTable.open(options), TaskCorruptedError);
});

test("a commit whose reply was lost is known again and not made twice", async () => {
  const { store, options } = await tableWithCommits(1);
  const faulty = new FaultyStore(store);
  const table = await DeltaTable.open({ ...options, store: faulty });
  for (const effect of [true, false]) {
    // An append puts its file, then its commit.
    faulty.arm([{ call: 1, effect, kind: "lost-reply" }]);
    const before = table.snapshot.version;
    assert.equal(await table.append([batchOf([{ id: 7 }])], []), before + 1);
    assert.equal((await new DeltaLog(store, root).load())!.version, before + 1);
  }
});

test("a store that never answers ends a commit as retriable, and nothing is committed", async () => {
  const { store, options } = await tableWithCommits(1);
  const faulty = new FaultyStore(store);
  const table = await DeltaTable.open({ ...options, store: faulty });
  const kind = "lost-reply" as const;
  faulty.arm(Array.from({ length: 30 }, (_, i) => ({ call: i + 1, effect: false, kind })));
  await assert.rejects(table.append([batchOf([{ id: 7 }])], [step(2)]), RetriableError);
  assert.equal((await new DeltaLog(store, root).load())!.version, 1);
});

test("a transaction which is not where it should be stops the commit and leaves no file", async () => {
  const { store, table, options } = await tableWithCommits(2);
  const paths = async () => (await store.list(`${root}/slice`)).map(({ path }) => path);
  const before = await paths();
  for (const bad of [step(2), step(1), { appId: "app", previous: 3, version: 4 }]) {
    await assert.rejects(table.append([batchOf([{ id: 9 }])], [bad]), TaskMigratedError);
  }
  // Also when the other owner's commit is not yet seen.
  const stale = await DeltaTable.open(options);
  await table.append([batchOf([{ id: 3 }])], [step(3)]);
  const files = await paths();
  await assert.rejects(stale.append([batchOf([{ id: 3 }])], [step(3)]), TaskMigratedError);
  assert.deepEqual(await paths(), files);
  assert.equal(files.length, before.length + 1);
});

test("an append goes on over columns that a newer version added, and stops at any other change", async () => {
  const { store, table, options } = await tableWithCommits(1);
  const { metaData } = table.snapshot;
  const schema = JSON.parse(metaData.schemaString);
  const added = { name: "later", type: "string", nullable: true, metadata: {} };
  const evolve = async (fields: unknown[]) => {
    const schemaString = JSON.stringify({ ...schema, fields });
    const other = await new DeltaLog(store, root).load();
    const path = `${root}/_delta_log/${String(other!.version + 1).padStart(20, "0")}.json`;
    await store.put(path, encodeCommit([{ metaData: { ...metaData, schemaString } }]));
  };
  await evolve([...schema.fields, added]);
  assert.equal(await table.append([batchOf([{ id: 2 }])], [step(2)]), 3);
  // A restart of the old version works as well, and takes nothing away from the table.
  await DeltaTable.open(options);
  assert.match((await new DeltaLog(store, root).load())!.metaData.schemaString, /"later"/);
  await evolve(schema.fields.slice(1));
  await assert.rejects(table.append([batchOf([{ id: 3 }])], [step(3)]), ConfigError);
});

test("a writer that slept while the log was cleaned does not write an old version", async () => {
  const { clock, uniqueName } = surroundings();
  let plusMs = 0;
  const slow = { clock: { nowMs: () => clock.nowMs() + plusMs }, uniqueName };
  const { store, table: sleeper, options } = await openTable(slow);
  const awake = await DeltaTable.open(options);
  for (let v = 1; v <= 25; v++) await awake.append([batchOf([{ id: v }])], [step(v)]);
  for (let v = 0; v < 20; v++) {
    await store.delete(`${root}/_delta_log/${String(v).padStart(20, "0")}.json`);
  }
  plusMs = 40 * 24 * 3_600_000;
  const version = await sleeper.append([batchOf([{ id: 26 }])], [step(26)]);
  assert.equal(version, 26);
});

test("a pointer to a checkpoint that has been cleaned away does not mislead a reader", async () => {
  const { store, table } = await tableWithCommits(23);
  const pointer = `${root}/_delta_log/_last_checkpoint`;
  const checkpoint = (v: number) =>
    `${root}/_delta_log/${String(v).padStart(20, "0")}.checkpoint.parquet`;
  await store.delete(checkpoint(10));
  await store.put(pointer, Buffer.from('{"version":10,"size":1}'));
  const log = new DeltaLog(store, root);
  assert.deepEqual(stateOf((await log.load())!), stateOf(table.snapshot));
});

test("a table is there from its first commit on, whatever of its log has been cleaned away", async () => {
  const { store } = await tableWithCommits(12);
  const log = new DeltaLog(store, root);
  assert.equal(await log.exists(), true);
  assert.equal(await new DeltaLog(store, "lake/silver").exists(), false);
  await store.delete(`${root}/_delta_log/_last_checkpoint`);
  assert.equal(await log.exists(), true);
  await store.delete(`${root}/_delta_log/${"0".repeat(20)}.json`);
  assert.equal(await log.exists(), true);
});

test("a writer that is far behind catches up at once, and does not fail for it", async () => {
  const { store, options, table } = await tableWithCommits(1);
  const behind = await DeltaTable.open({ ...options, store });
  for (let v = 2; v <= 250; v++) await table.append([], [step(v)]);
  assert.equal(await behind.append([batchOf([{ id: 7 }])], []), 251);
});

test("of many files a checkpoint is written less often, yet at least every ten times the usual", async () => {
  const file = (path: string) => {
    const partitionValues = { slice_date: null };
    return { add: { path, partitionValues, size: 1, modificationTime: 1, dataChange: true } };
  };
  for (const [filesPerCommit, expected] of [
    [100, [2, 4, 6, 8, 10, 13, 17, 22]],
    [1_000, [20]],
  ] as const) {
    const { store, table } = await openTable({ ...surroundings(), commitsPerCheckpoint: 2 });
    for (let version = 1; version <= 25; version++) {
      await table.commit({
        operation: "WRITE",
        operationParameters: {},
        actions: Array.from({ length: filesPerCommit }, (_, n) => file(`${version}-${n}`)),
        transactions: [],
        isBlindAppend: true,
        reads: new Set(),
        fits: table.snapshot.metaData,
      });
    }
    const names = (await store.list(`${root}/_delta_log/`)).map(({ path }) => path);
    const checkpoints = names.filter((name) => name.endsWith(".parquet"));
    const versions = checkpoints.map((name) => Number(/\d{20}/.exec(name)![0]));
    assert.deepEqual(versions, expected);
  }
});

test("a checkpoint that another writer has made is not made again", async () => {
  const { table, options, store } = await tableWithCommits(9);
  const other = await DeltaTable.open(options);
  await other.append([batchOf([{ id: 10 }])], [step(10)]);
  const checkpoint = `${root}/_delta_log/${"10".padStart(20, "0")}.checkpoint.parquet`;
  const [before] = await store.list(checkpoint);
  for (let v = 11; v <= 19; v++) await table.append([batchOf([{ id: v }])], [step(v)]);
  const names = (await store.list(`${root}/_delta_log/`)).map(({ path }) => path);
  assert.deepEqual(
    names.filter((name) => name.endsWith(".parquet")),
    [checkpoint],
  );
  assert.deepEqual(await store.list(checkpoint), [before]);
});

test("a commit, and opening the table, take as many requests after 300 commits as after 30", async () => {
  const around = surroundings();
  const requests: string[] = [];
  const store = new InterceptedObjectStore(new MemoryObjectStore(around.clock), (call, request) => {
    requests.push(call);
    return request();
  });
  const { table, options } = await openTable({ ...around, store });
  const count = async (body: () => Promise<unknown>) => {
    requests.length = 0;
    await body();
    return requests.length;
  };
  const append = (v: number) => table.append([batchOf([{ id: v }])], [step(v)]);
  let version = 0;
  const upTo = async (last: number) => {
    const each: number[] = [];
    while (version < last) each.push(await count(() => append(++version)));
    // The pointer of the log, the checkpoint behind it, and the commits since, in growing strides.
    return { each: each.slice(-20), open: await count(() => DeltaTable.open(options)) };
  };
  const early = await upTo(35);
  assert.deepEqual(await upTo(305), early);
  // A data file and a commit; each tenth time the pointer is looked at, and two files are written.
  assert.deepEqual(early.each, [2, 2, 2, 2, 5, 2, 2, 2, 2, 2, 2, 2, 2, 2, 5, 2, 2, 2, 2, 2]);
});
