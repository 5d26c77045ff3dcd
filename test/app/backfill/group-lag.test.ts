import assert from "node:assert/strict";
import { test } from "node:test";
import { GroupLag } from "../../../src/app/backfill/group-lag.ts";
import type { Records } from "../../../src/record/record-batch.ts";
import { MemoryLog } from "../../../src/sources/memory-log.ts";

const rows = (length: number): Records => ({
  ...{ topic: "t", partition: 0, length, bytes: new Uint8Array(length), keys: null },
  starts: Int32Array.from({ length }, (_, i) => i),
  ends: Int32Array.from({ length }, (_, i) => i + 1),
  timestampsMs: new Float64Array(length),
  ...{ ordinals: null, headers: {}, control: null },
});

test("who publishes waits while the group has too much left, and no longer", async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: "t", partitions: 2, retention: "forever" }]);
  const producer = await log.producer("p");
  const lag = new GroupLag(log, { group: "g", topics: ["t"], rowsMax: 10 });
  const stop = new AbortController();
  await lag.wait(stop.signal);
  await producer.send(rows(12));
  await producer.commit();
  lag.published(12);
  assert.equal(await lag.rows(), 12);
  let waits = true;
  const waiting = lag.wait(stop.signal).then(() => {
    waits = false;
  });
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
  assert.equal(waits, true);
  await producer.sendOffsets("g", [{ topic: "t", partition: 0, offset: 5, metadata: "" }]);
  await producer.commit();
  await waiting;
  assert.equal(await lag.rows(), 7);
});

test("who is to stop does not wait for the group", async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
  const producer = await log.producer("p");
  await producer.send(rows(3));
  await producer.commit();
  const stop = new AbortController();
  const lag = new GroupLag(log, { group: "g", topics: ["t"], rowsMax: 1 });
  const waiting = lag.wait(stop.signal);
  stop.abort();
  await waiting;
  assert.equal(await lag.rows(), 3);
});
