import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordBatch } from "../../../src/record/record-batch.ts";
import { DeltaSink } from "../../../src/sinks/delta/delta-sink.ts";
import type { DeltaTable } from "../../../src/sinks/delta/delta-table.ts";
import { progressOf, rescaleSteps } from "../../../src/sinks/delta/sink-progress.ts";
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
  assert.deepEqual(progress(table), {
    ...place,
    position: 6,
    rows: 3,
    ended: 6,
    ends,
    isFed: true,
  });
  sink.write(recordsOf(6, [value(4)]));
  await sink.commit();
  assert.deepEqual(progress(table), {
    ...place,
    position: 7,
    rows: 4,
    ended: 6,
    ends,
    isFed: true,
  });
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

test("when more partitions begin to feed it, the new ones have come as far as the others", async () => {
  const { table } = await openTable();
  const sink = new DeltaSink({
    table,
    source: { topic: "silver.events", partition: 0 },
    application: "app",
    generation: 1,
    name: "silver-lake",
    decode: arrowValues(schema),
    clock: { nowMs: () => 0 },
  });
  await sink.open();
  sink.write(ended(0, [1, 2], "1_0"));
  await sink.commit();
  const rescaled = async (change: number, partitions: number) => {
    const to = { sink: "app/1/silver-lake", topic: "silver.events", change, partitions };
    await table.append([], rescaleSteps(table.snapshot.transactions, to));
    assert.deepEqual(rescaleSteps(table.snapshot.transactions, to), [], "it has been told");
    return progressOf(table.snapshot.transactions).map(({ partition, position, ends, isFed }) => [
      ...[partition, position, Object.fromEntries(ends), isFed],
    ]);
  };
  assert.deepEqual(await rescaled(1, 3), [
    [0, 3, { "1_0": 1 }, true],
    [1, 0, { "1_1": 1 }, true],
    [2, 0, { "1_2": 1 }, true],
  ]);
  assert.deepEqual(
    (await rescaled(2, 2)).map(([partition, , , isFed]) => [partition, isFed]),
    [
      [0, true],
      [1, true],
      [2, false],
    ],
  );
});
