import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { plain, sliceEnd, toRecords } from "./log-records.ts";
import { logSuite } from "./log-suite.ts";

logSuite("memory log", async () => {
  const log = new MemoryLog();
  return { log, dispose: () => log.close() };
});

test("a topic of retention consumed drops rows once every group has passed them", async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: "t", partitions: 1, retention: "consumed" }]);
  const at = { topic: "t", partition: 0 };
  const producer = await log.producer("p");
  for (const value of ["a", "b", "c"]) await producer.send(toRecords("t", 0, plain(value)));
  await producer.commit();
  const commit = async (group: string, offset: number): Promise<number> => {
    await producer.sendOffsets(group, [{ ...at, offset, metadata: "" }]);
    await producer.commit();
    return (await log.bounds(at)).start;
  };
  assert.equal((await log.bounds(at)).start, 0, "nobody has consumed anything");
  assert.equal(await commit("slow", 1), 1);
  assert.equal(await commit("fast", 3), 1);
  assert.equal(await commit("slow", 3), 3);
  await assert.rejects(log.read(at, 0, 100), { name: "TaskCorruptedError" });
});

test("a topic with a time keeps rows for that long after they were written", async () => {
  const log = new MemoryLog();
  await log.createTopics([{ name: "t", partitions: 1, retention: 100 }]);
  const at = { topic: "t", partition: 0 };
  const producer = await log.producer("p");
  await producer.send(toRecords("t", 0, { ...plain(), control: sliceEnd(900) }));
  await producer.commit();
  const publish = async (timestampMs: number): Promise<number> => {
    const row = { ...plain("a").rows[0]!, timestampMs };
    await producer.send(toRecords("t", 0, { ...plain(), rows: [row] }));
    await producer.commit();
    return (await log.bounds(at)).start;
  };
  assert.equal(await publish(1000), 0, "an end marker before all rows is not older than they");
  assert.equal(await publish(500), 0, "an old row that has just come is not dropped unread");
  assert.equal(await publish(1100), 0);
  assert.equal(await publish(1101), 3);
});
