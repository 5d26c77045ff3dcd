import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskCorruptedError } from "../../../../src/record/errors.ts";
import { ReadCursor } from "../../../../src/sources/kafka/read-cursor.ts";
import type { FetchedPartition } from "../../../../src/sources/kafka/wire/fetch-request.ts";
import { plain, toPlain } from "../../log-records.ts";
import { stored } from "./stored-batch.ts";

const at = { topic: "t", partition: 0 };
const ROW = "x".repeat(100_000);
const ROWS_A_BATCH = 10;

/** What a broker sends: batches of compressed rows, which are much larger when they are decoded. */
async function answer(batches: number, fromOffset = 0): Promise<FetchedPartition> {
  const rows = Array.from({ length: ROWS_A_BATCH }, () => ROW);
  const parts = Array.from({ length: batches }, (_, n) =>
    stored(plain(...rows), fromOffset + n * ROWS_A_BATCH, { compression: "zstd" }),
  );
  const bytes = Buffer.concat(await Promise.all(parts));
  const stableEnd = fromOffset + batches * ROWS_A_BATCH;
  return { at, fromOffset, errorCode: 0, stableEnd, aborted: [], bytes };
}

test("what was fetched stays compressed until it is nearly its turn", async () => {
  const cursor = new ReadCursor(at, 0);
  const fetched = await answer(50);
  cursor.accept(fetched, 0);
  assert.equal(cursor.bytes, fetched.bytes.length);
  assert.equal(cursor.fetchOffset, 50 * ROWS_A_BATCH);
  let rows = 0;
  let most = 0;
  while (cursor.holdsMore || cursor.position < cursor.fetchOffset) {
    await cursor.decode();
    most = Math.max(most, cursor.bytes);
    const batch = cursor.take(1 << 20);
    if (batch) rows += batch.length;
  }
  assert.equal(rows, 500);
  assert.equal(cursor.bytes, 0);
  // Of 50 MB, a megabyte ahead and the batch that goes over it.
  assert.ok(most < 2.5e6, `${most} bytes`);
});

test("a few rows do not keep the memory in which they were decompressed", async () => {
  const cursor = new ReadCursor(at, 0);
  const bytes = await stored(plain("a", "b"), 0, { compression: "zstd" });
  cursor.accept({ at, fromOffset: 0, errorCode: 0, stableEnd: 2, aborted: [], bytes }, 0);
  await cursor.decode();
  const batch = cursor.take(1000)!;
  assert.deepEqual(
    toPlain(batch).rows.map(({ value }) => value),
    ["a", "b"],
  );
  assert.ok(batch.bytes.buffer.byteLength < 1000, `${batch.bytes.buffer.byteLength} bytes`);
});

test("what cannot be decoded is said and forgotten, and fetched again from what has been read on", async () => {
  const cursor = new ReadCursor(at, 0);
  const fetched = await answer(3);
  const damaged = Buffer.from(fetched.bytes);
  damaged[damaged.length - 1]! ^= 1;
  cursor.accept({ ...fetched, bytes: damaged }, 0);
  const good = async () => {
    await cursor.decode();
    return cursor.take(1 << 20)?.length ?? 0;
  };
  let rows = 0;
  await assert.rejects(
    async () => {
      while (cursor.position < cursor.fetchOffset) rows += await good();
    },
    { name: TaskCorruptedError.name, message: /damaged at offset 20/ },
  );
  // How far the batch before the damage reaches is not known, so that one is not given yet.
  rows += cursor.take(1 << 20)?.length ?? 0;
  assert.equal(rows, 10);
  assert.deepEqual([cursor.position, cursor.fetchOffset, cursor.bytes], [10, 10, 0]);
  assert.equal(cursor.isAtEnd, false);
  cursor.accept(await answer(1, 10), cursor.view);
  assert.equal(await good(), 10);
  assert.equal(cursor.isAtEnd, true);
});
