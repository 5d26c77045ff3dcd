import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordBatch } from "../../../src/record/record-batch.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import type { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { progressOf } from "../../../src/sinks/delta/sink-progress.ts";
import { arrowValues } from "../../../src/sinks/row-decoder.ts";
import { batchOf, ipcOf, openTable, schema } from "./delta-fixture.ts";
import { recordsOf } from "./sink-source.ts";

const value = (...ids: number[]) => ipcOf(batchOf(ids.map((id) => ({ id }))));

async function openSink(table: DeltaTable): Promise<DeltaSink> {
  const sink = new DeltaSink({
    table,
    source: { topic: "silver.events", partition: 3 },
    application: "app",
    generation: 2,
    name: "silver-lake",
    decode: arrowValues(schema),
    clock: { nowMs: () => 0 },
  });
  await sink.open();
  return sink;
}

/** Rows from an offset on, then the end of a slice, which takes an offset too. */
function ended(firstOffset: number, ids: readonly number[], from: string, attempt = 1) {
  const records = recordsOf(
    firstOffset,
    ids.map((id) => value(id)),
    firstOffset + ids.length + 1,
  );
  const control = { sliceMs: 0, attempt, from, rows: ids.length, missing: [] };
  return { ...records, control } satisfies RecordBatch;
}

const progress = ({ snapshot }: DeltaTable) => progressOf(snapshot.transactions)[0];

test("a table knows its rows, the slices that each closer has ended, and whether more has begun", async () => {
  const { table } = await openTable();
  const sink = await openSink(table);
  sink.write(ended(0, [1, 2], "1_3"));
  sink.write(ended(3, [], "0_3"));
  sink.write(ended(4, [3], "1_3"));
  await sink.commit();
  const place = { generation: 2, sink: "silver-lake", topic: "silver.events", partition: 3 };
  const ends = new Map([
    ["1_3", 2],
    ["0_3", 1],
  ]);
  assert.deepEqual(progress(table), { ...place, position: 6, rows: 3, ended: 6, ends });
  sink.write(recordsOf(6, [value(4)]));
  await sink.commit();
  assert.deepEqual(progress(table), { ...place, position: 7, rows: 4, ended: 6, ends });
});

test("what is read again after a failure is counted once", async () => {
  const { table } = await openTable();
  const first = await openSink(table);
  first.write(ended(0, [1], "1_3"));
  await first.commit();
  first.write(ended(2, [2], "1_3"));
  const second = await openSink(table);
  second.write(ended(0, [1], "1_3"));
  second.write(ended(2, [2], "1_3"));
  await second.commit();
  assert.deepEqual([progress(table)!.rows, progress(table)!.ends.get("1_3")], [2, 2]);
  await assert.rejects(first.commit());
});

test("an end that comes while the table commits belongs to the next commit", async () => {
  const { table } = await openTable();
  const sink = await openSink(table);
  sink.write(ended(0, [1], "1_3"));
  const commit = sink.commit();
  sink.write(ended(2, [2], "1_3"));
  await commit;
  assert.equal(progress(table)!.ends.get("1_3"), 1);
  await sink.commit();
  assert.equal(progress(table)!.ends.get("1_3"), 2);
});

test("a watermark ends no slice", async () => {
  const { table } = await openTable();
  const sink = await openSink(table);
  sink.write(ended(0, [1], "1_3", 0));
  await sink.commit();
  assert.deepEqual([progress(table)!.ended, progress(table)!.ends.size], [0, 0]);
});
