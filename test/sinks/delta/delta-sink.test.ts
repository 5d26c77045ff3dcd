import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Field,
  Int64,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import {
  ConfigError,
  RecordError,
  TaskCorruptedError,
  TaskMigratedError,
} from "../../../src/record/errors.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { readParquet } from "../../../src/sinks/delta/parquet-reader.ts";
import { arrowValues } from "../../../src/sinks/row-decoder.ts";
import { batchOf, ipcOf, openTable, schema } from "./delta-fixture.ts";
import { contentsOf, recordsOf } from "./sink-source.ts";

const root = "lake/silver/events";
const value = (...ids: number[]) => ipcOf(batchOf(ids.map((id) => ({ id }))));
const source = { topic: "silver.events", partition: 3 };

function sinkOf(table: DeltaTable): DeltaSink {
  return new DeltaSink({
    table,
    source,
    application: "app",
    generation: 2,
    name: "silver-lake",
    decode: arrowValues(table.schema),
    clock: { nowMs: () => Date.UTC(2024, 5, 1) },
  });
}

async function openSink() {
  const opened = await openTable();
  const sink = sinkOf(opened.table);
  assert.equal(await sink.open(), null);
  return { ...opened, sink };
}

test("the position is a transaction of application, generation, sink and partition", async () => {
  const { store, sink, options } = await openSink();
  assert.deepEqual(sink.files, { version: 0, small: 0 });
  assert.equal(sink.write(recordsOf(10, [value(1, 2), value(3)])), 3);
  await sink.commit();
  assert.deepEqual(sink.files, { version: 1, small: 1 });
  const { positions, ids } = await contentsOf(store, root);
  const position = "app/2/silver-lake/silver.events-3";
  assert.deepEqual(positions, { [position]: 12, [`${position}/rows`]: 3 });
  assert.deepEqual(ids, [1, 2, 3]);
  assert.equal(await sinkOf(await DeltaTable.open(options)).open(), 12);
});

test("many batches of a partition and a date become one file, whose rows have the commit's time", async () => {
  const { store, sink, table } = await openSink();
  for (let n = 0; n < 5; n++) sink.write(recordsOf(n, [value(n)]));
  await sink.commit();
  const files = [...table.snapshot.files.keys()];
  assert.equal(files.length, 1);
  for (const batch of readParquet((await store.get(`${root}/${files[0]}`))!)) {
    for (const at of batch.getChild("silver_committed_at")!) assert.equal(at, Date.UTC(2024, 5, 1));
  }
});

test("what the table already has is skipped, whole batches and parts of one", async () => {
  const { store, sink } = await openSink();
  sink.write(recordsOf(0, [value(1), value(2)]));
  await sink.commit();
  sink.write(recordsOf(0, [value(1), value(2)]));
  assert.equal(sink.bufferedBytes, 0);
  sink.write(recordsOf(1, [value(2), value(3)]));
  sink.write(recordsOf(1, [value(2), value(3)]));
  await sink.commit();
  assert.deepEqual((await contentsOf(store, root)).ids, [1, 2, 3]);
});

test("a gap in the offsets is refused, and one at the start of all is not", async () => {
  const { sink } = await openSink();
  sink.write(recordsOf(100, [value(1)]));
  assert.throws(() => sink.write(recordsOf(102, [value(2)])), TaskCorruptedError);
  await sink.commit();
  assert.throws(() => sink.write(recordsOf(102, [value(2)])), TaskCorruptedError);
});

test("offsets without rows are committed as well, and no commit is made of nothing", async () => {
  const { store, sink } = await openSink();
  await sink.commit();
  sink.write(recordsOf(0, [], 7));
  await sink.commit();
  await sink.commit();
  const { version, positions } = await contentsOf(store, root);
  assert.deepEqual([version, Object.values(positions)], [1, [7]]);
});

test("the buffer is counted in bytes of the values, and given up by a commit and by open", async () => {
  const { sink } = await openSink();
  const one = value(1);
  sink.write(recordsOf(0, [one, one]));
  assert.equal(sink.bufferedBytes, one.byteLength * 2);
  await sink.commit();
  assert.equal(sink.bufferedBytes, 0);
  sink.write(recordsOf(2, [one]));
  assert.equal(await sink.open(), 2);
  assert.equal(sink.bufferedBytes, 0);
});

test("batches which come while the table commits belong to the next commit", async () => {
  const { store, sink } = await openSink();
  sink.write(recordsOf(0, [value(1)]));
  const commit = sink.commit();
  sink.write(recordsOf(1, [value(2)]));
  await commit;
  assert.deepEqual((await contentsOf(store, root)).ids, [1]);
  await sink.commit();
  assert.deepEqual((await contentsOf(store, root)).ids, [1, 2]);
});

test("a batch of an older version is filled up with nulls", async () => {
  const { store, sink, table } = await openSink();
  // Without silver_committed_at.
  sink.write(recordsOf(0, [ipcOf(batchOf([{ id: 5, name: "x" }], schema.fields.length - 1))]));
  await sink.commit();
  assert.deepEqual((await contentsOf(store, root)).ids, [5]);
  const later = new Schema([
    ...schema.fields,
    new Field("note", new Utf8(), true),
    schema.fields[5]!.clone({ name: "tags", nullable: true }),
  ]);
  const evolved = await openTable({ store, schema: later });
  const next = sinkOf(evolved.table);
  assert.equal(await next.open(), 1);
  next.write(recordsOf(1, [value(6, 7)]));
  await next.commit();
  assert.deepEqual((await contentsOf(store, root)).ids, [5, 6, 7]);
  assert.ok(table.snapshot.version < evolved.table.snapshot.version);
});

test("a value that does not fit is refused with where it came from, and nothing of its batch stays", async () => {
  const { sink } = await openSink();
  const wrong = (fields: Field[], values: unknown[]) => {
    const children = fields.map(
      ({ type }, i) => vectorFromArray([values[i]] as never, type).data[0]!,
    );
    const type = new Struct(fields);
    return ipcOf(
      new RecordBatch(new Schema(fields), makeData({ type, length: 1, nullCount: 0, children })),
    );
  };
  const [id, ...others] = schema.fields;
  const full = batchOf([{ id: 1 }]);
  const refused: [Uint8Array, new (message: string) => Error, RegExp][] = [
    [Buffer.from("not arrow"), RecordError, /silver.events-3 offset 1: the value is no Arrow/],
    [new Uint8Array(0), RecordError, /no Arrow/],
    [value(1).subarray(0, 200), RecordError, /no Arrow/],
    [value(1).subarray(0, value(1).length - 60), RecordError, /no Arrow/],
    [
      wrong([new Field("id", new Utf8(), false)], ["1"]),
      ConfigError,
      /column 1 is id Utf8, the table has id Int64/,
    ],
    [wrong([new Field("key", new Int64(), false)], [1n]), ConfigError, /column 1 is key/],
    [wrong([id!], [1n]), ConfigError, /required column themes .* is missing/],
    [
      ipcOf(
        new RecordBatch(
          new Schema([...schema.fields, new Field("new", new Utf8(), false)]),
          makeData({
            type: new Struct([...schema.fields, new Field("new", new Utf8(), false)]),
            length: 1,
            nullCount: 0,
            children: [...full.data.children, vectorFromArray(["x"], new Utf8()).data[0]!],
          }),
        ),
      ),
      ConfigError,
      /column new Utf8 is not in the table; a newer version/,
    ],
    [
      wrong([id!.clone({ nullable: true }), ...others], [null, ...others.map(() => null)]),
      RecordError,
      /nulls in required column id/,
    ],
  ];
  for (const [bad, kind, message] of refused) {
    assert.throws(
      () => sink.write(recordsOf(0, [value(1), bad])),
      (error: Error) => error instanceof kind && message.test(error.message),
      `${message}`,
    );
    assert.equal(sink.bufferedBytes, 0);
  }
});

test("after a failed commit the sink does nothing until it is opened anew", async () => {
  const { store, sink, options } = await openSink();
  assert.throws(() => sinkOf({} as DeltaTable).write(recordsOf(0, [value(1)])), TaskCorruptedError);
  const other = sinkOf(await DeltaTable.open(options));
  await other.open();
  for (const owner of [sink, other]) owner.write(recordsOf(0, [value(1)]));
  await other.commit();
  await assert.rejects(sink.commit(), TaskMigratedError);
  // A second commit would otherwise move the position past rows that were given away.
  await assert.rejects(sink.commit(), TaskCorruptedError);
  assert.throws(() => sink.write(recordsOf(1, [value(2)])), TaskCorruptedError);
  assert.equal(await sink.open(), 1);
  sink.write(recordsOf(1, [value(2)]));
  await sink.commit();
  assert.deepEqual((await contentsOf(store, root)).ids, [1, 2]);
});

test("of two owners of a partition one commits a batch, the other is told that it has lost it", async () => {
  const { store, sink, options } = await openSink();
  const other = sinkOf(await DeltaTable.open(options));
  await other.open();
  for (const owner of [sink, other]) owner.write(recordsOf(0, [value(1)]));
  const outcomes = await Promise.allSettled([sink.commit(), other.commit()]);
  const lost = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(lost.length, 1);
  assert.ok(lost[0]!.reason instanceof TaskMigratedError);
  assert.deepEqual((await contentsOf(store, root)).ids, [1]);
});
