import assert from "node:assert/strict";
import { test } from "node:test";
import { compactTable } from "../../src/sinks/delta/compaction.ts";
import { DeltaTable } from "../../src/sinks/delta/delta-table.ts";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import { tableHistory } from "../../src/sinks/delta/table-history.ts";
import { verifyTable } from "../../src/sinks/delta/verify-table.ts";
import { pythonReaders, runPython } from "../python-readers.ts";
import { service } from "../services/service.ts";
import { batchOf, openTable } from "../sinks/delta/delta-fixture.ts";
import { contentsOf } from "../sinks/delta/sink-source.ts";
import { storageOptionsOf, storeOf } from "./store-of.ts";
import { everyId, positionsAt, tableOptions } from "./table-writer.ts";
import { WriterProcess } from "./writer-process.ts";

const { connection: bucket, skip } = await service("minio");
const python = await pythonReaders();
const noPython = python === null && "no Python with delta-rs (scripts/python-readers)";

const root = "t";
const identity = { kind: "key", columns: ["id", "generation", "revision"] } as const;
const packing = { newest: null, fileBytesMin: 1 << 20, fileBytesMax: 8 << 20 };

/** Appends one row at a time, sets a property in the middle of it, and adds a column at the end. */
const OTHER_WRITER = `
import json, sys
import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, write_deltalake
from deltalake.schema import Field, PrimitiveType
question = json.load(sys.stdin)
uri, options = question["uri"], question["options"]
# Five others are at it.
patient = CommitProperties(max_commit_retries=200)
def table():
    return DeltaTable(uri, storage_options=options)
like = table().to_pyarrow_table().slice(0, 1)
for n in range(question["rows"]):
    row = like.set_column(0, pa.field("id", pa.int64(), False), pa.array([question["first"] + n], pa.int64()))
    write_deltalake(uri, row, mode="append", storage_options=options, commit_properties=patient)
    if n == question["rows"] // 2:
        table().alter.set_table_properties({"delta.logRetentionDuration": "interval 60 days"}, commit_properties=patient)
table().alter.add_columns([Field("note", PrimitiveType("string"), nullable=True)], commit_properties=patient)
json.dump(table().version(), sys.stdout)
`;

test("processes of ours, a compaction and delta-rs write one table at once, and every row is there once", {
  skip: skip || noPython,
}, async () => {
  const prefix = "many";
  const store = storeOf(bucket!, prefix);
  const options = tableOptions(bucket!, prefix, root);
  const { table } = await openTable({ ...options });
  // For delta-rs to see what a row looks like.
  await table.append([batchOf([{ id: -1 }])], []);
  const [partitions, records] = [4, 24];
  const writers = Array.from({ length: partitions }, (_, partition) => {
    const task = { bucket: bucket!, prefix, root, partition, records, perCommit: 2 };
    return new WriterProcess(task);
  });
  const others = { first: 1_000_000_000, rows: 8 };
  const uri = `s3://${bucket!.bucket}/${prefix}/${root}`;
  let isOver = false;
  const compacting = (async () => {
    while (!isOver) await compactTable(await DeltaTable.open(options), packing);
  })();
  const question = { uri, options: storageOptionsOf(bucket!), ...others };
  const appending = runPython(python!, OTHER_WRITER, question);
  try {
    await appending;
    for (const { ended } of writers) {
      const { how, words } = await ended;
      assert.equal(how, 0, words);
    }
  } finally {
    isOver = true;
    await compacting;
  }
  const { ids, positions, version } = await contentsOf(store, root);
  const foreign = Array.from({ length: others.rows }, (_, n) => others.first + n);
  assert.deepEqual(ids, [-1, ...everyId(partitions, records), ...foreign]);
  assert.deepEqual(positions, positionsAt(partitions, records));
  const log = new DeltaLog(store, root);
  assert.deepEqual((await verifyTable(log, identity)).findings, []);
  // Each version is one writer's: there are as many as there were commits.
  const history = await tableHistory(log);
  const commits = (operation: string, writer: RegExp) =>
    history.filter((entry) => entry.operation === operation && writer.test(entry.writer)).length;
  assert.equal(commits("STREAMING UPDATE", /^gdelt-streams$/), 1 + partitions * (records / 2));
  assert.equal(commits("WRITE", /^delta-rs/), others.rows);
  assert.ok(commits("OPTIMIZE", /^gdelt-streams$/) > 0);
  assert.equal(history.length, version + 1);
  const { schemaString, configuration } = (await log.load())!.metaData;
  assert.match(schemaString, /"note"/);
  assert.equal(configuration["delta.logRetentionDuration"], "interval 60 days");
});

test("two owners of one partition take turns, and double nothing", { skip }, async () => {
  const prefix = "owners";
  const task = { bucket: bucket!, prefix, root, partition: 0, records: 30, perCommit: 1 };
  const owners = [new WriterProcess(task), new WriterProcess(task), new WriterProcess(task)];
  for (const { ended } of owners) {
    const { how, words } = await ended;
    assert.equal(how, 0, words);
  }
  const store = storeOf(bucket!, prefix);
  const { ids, version } = await contentsOf(store, root);
  assert.deepEqual(ids, everyId(1, 30));
  assert.equal(version, 30);
  assert.deepEqual((await verifyTable(new DeltaLog(store, root), identity)).findings, []);
});
