import assert from "node:assert/strict";
import { test } from "node:test";
import type { TopicSpec } from "../../src/runtime/ports.ts";
import { type EmbeddedLog, openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { plain, toPlain, toRecords } from "./log-records.ts";
import { noFaults, randomFrom, SimulatedDisk } from "./simulated-disk.ts";

const open = (disk: SimulatedDisk, pid: number) =>
  openEmbeddedLog({
    folder: "/log",
    segmentBytes: 4000,
    files: disk,
    processes: { pid, started: async (other) => (other === pid ? "now" : null) },
  });

async function opened(topics: readonly TopicSpec[]) {
  const disk = new SimulatedDisk(randomFrom(1));
  const log = await open(disk, 1);
  await log.createTopics(topics);
  return { disk, log };
}

const segments = (disk: SimulatedDisk): number =>
  disk.paths().filter((path) => path.endsWith(".journal")).length;

const topic = (name: string, retention: TopicSpec["retention"]): TopicSpec => ({
  name,
  partitions: 1,
  retention,
});

const row = (value: string, timestampMs: number) => ({
  ...plain(),
  rows: [{ value, key: null, timestampMs, ordinal: null }],
});

async function values(log: EmbeddedLog, name: string): Promise<string[]> {
  const at = { topic: name, partition: 0 };
  const read: string[] = [];
  const { start } = await log.bounds(at);
  for (let batch = await log.read(at, start, 1000); batch; ) {
    read.push(...toPlain(batch).rows.map(({ value }) => value));
    batch = await log.read(at, batch.nextOffset, 1000);
  }
  return read;
}

const long = "x".repeat(700);

test("what every group has consumed gives its space back, and the positions stay", async () => {
  const { disk, log } = await opened([topic("used", "consumed")]);
  const at = { topic: "used", partition: 0 };
  const producer = await log.producer("p");
  await producer.sendOffsets("long-ago", [
    { topic: "used", partition: 0, offset: 0, metadata: "" },
  ]);
  await producer.commit();
  const consume = async (group: string, offset: number) => {
    await producer.sendOffsets(group, [{ ...at, offset, metadata: `at ${offset}` }]);
    await producer.commit();
  };
  for (let i = 0; i < 50; i++) {
    await producer.send(toRecords("used", 0, plain(long)));
    await consume("fast", i + 1);
  }
  assert.equal((await log.bounds(at)).start, 0, "one group has not consumed anything");
  const before = segments(disk);
  assert.ok(before > 8);
  await consume("long-ago", 50);
  for (let i = 50; i < 60; i++) {
    await producer.send(toRecords("used", 0, plain(long)));
    await consume("fast", i + 1);
  }
  await log.close();
  assert.ok(segments(disk) < 6, `${segments(disk)} segments are left`);
  const again = await open(disk, 2);
  assert.equal((await again.bounds(at)).start, 50);
  assert.equal((await values(again, "used")).length, 10);
  const positions = await again.committed("long-ago", [at]);
  assert.deepEqual(positions.get("used-0"), { offset: 50, metadata: "at 50" });
});

test("rows kept for ever do not pin the rows beside them", async () => {
  const { disk, log } = await opened([topic("kept", "forever"), topic("timed", 10)]);
  const producer = await log.producer("p");
  for (let i = 0; i < 300; i++) {
    await producer.send(toRecords("timed", 0, row(long, i)));
    if (i % 5 === 0) await producer.send(toRecords("kept", 0, plain(`${i}`)));
    await producer.commit();
  }
  await log.close();
  assert.ok(segments(disk) < 20, `${segments(disk)} segments are left of more than 60`);
  const again = await open(disk, 2);
  const expected = Array.from({ length: 60 }, (_, i) => `${i * 5}`);
  assert.deepEqual(await values(again, "kept"), expected);
  const timed = await values(again, "timed");
  assert.ok(timed.length > 10 && timed.length < 25, `${timed.length} rows are left`);
});

test("a segment full of rows that are kept stays where it is", async () => {
  const { disk, log } = await opened([topic("kept", "forever")]);
  const producer = await log.producer("p");
  for (let i = 0; i < 100; i++) {
    await producer.send(toRecords("kept", 0, plain(`${i}${long}`)));
    await producer.commit();
  }
  const first = disk.paths().filter((path) => path.endsWith(".journal"))[0]!;
  assert.match(first, /0000000001/);
  await log.close();
  assert.equal((await values(await open(disk, 2), "kept")).length, 100);
});

test("rows whose commit came in a later segment keep both, and move with them", async () => {
  const { disk, log } = await opened([topic("kept", "forever"), topic("used", "consumed")]);
  const slow = await log.producer("slow");
  const fast = await log.producer("fast");
  const used = { topic: "used", partition: 0 };
  const churn = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await fast.send(toRecords("used", 0, plain(long)));
      await fast.sendOffsets("g", [{ ...used, offset: i + 1, metadata: "" }]);
      await fast.commit();
    }
  };
  await slow.send(toRecords("kept", 0, plain("early")));
  await churn(0, 40);
  assert.ok(
    disk.paths().some((path) => path.includes("0000000001")),
    "an open transaction pins it",
  );
  await slow.send(toRecords("kept", 0, plain("late")));
  await slow.commit();
  await churn(40, 200);
  assert.deepEqual(await values(log, "kept"), ["early", "late"]);
  await log.close();
  assert.ok(segments(disk) < 6, `${segments(disk)} segments are left`);
  assert.deepEqual(await values(await open(disk, 2), "kept"), ["early", "late"]);
});

test("rows that stay where they are do not keep the segment of their commit", async () => {
  const { disk, log } = await opened([topic("kept", "forever"), topic("used", "consumed")]);
  const slow = await log.producer("slow");
  const fast = await log.producer("fast");
  const used = { topic: "used", partition: 0 };
  const churn = async (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      await fast.send(toRecords("used", 0, plain(long)));
      await fast.sendOffsets("g", [{ ...used, offset: i + 1, metadata: "" }]);
      await fast.commit();
    }
  };
  for (const each of ["a", "b"]) await slow.send(toRecords("kept", 0, plain(each.repeat(1400))));
  await churn(0, 10);
  const before = new Set(disk.paths());
  await slow.commit();
  await churn(10, 60);
  const left = disk.paths().filter((path) => path.endsWith(".journal") && before.has(path));
  assert.deepEqual(left, ["/log/0000000001.journal"]);
  await log.close();
  assert.equal((await values(await open(disk, 2), "kept")).length, 2);
});

test("another retention given at the start counts from then on", async () => {
  const { disk, log } = await opened([topic("t", "forever")]);
  const fill = async (to: EmbeddedLog, from: number) => {
    const producer = await to.producer("p");
    for (let i = from; i < from + 40; i++) {
      await producer.send(toRecords("t", 0, row(long, i)));
      await producer.commit();
    }
  };
  await fill(log, 0);
  await log.close();
  const again = await open(disk, 2);
  await again.createTopics([topic("t", 10)]);
  await fill(again, 40);
  const { start } = await again.bounds({ topic: "t", partition: 0 });
  assert.ok(start > 50 && start < 70, `${start}`);
  await again.close();
  const last = await open(disk, 3);
  assert.equal((await last.bounds({ topic: "t", partition: 0 })).start, start);
});

test("a loss of power at any step of giving space back loses nothing that is kept", async () => {
  for (let crashAt = 0, isThrough = false; !isThrough; crashAt++) {
    const disk = new SimulatedDisk(randomFrom(crashAt));
    const log = await open(disk, 1);
    await log.createTopics([topic("kept", "forever"), topic("used", "consumed")]);
    const kept: string[] = [];
    disk.setFaults({ ...noFaults, crashAt });
    try {
      const producer = await log.producer("p");
      for (let i = 0; i < 24; i++) {
        await producer.send(toRecords("used", 0, plain(long)));
        if (i % 4 === 0) await producer.send(toRecords("kept", 0, plain(`${i}`)));
        await producer.sendOffsets("g", [{ topic: "used", partition: 0, offset: i, metadata: "" }]);
        await producer.commit();
        if (i % 4 === 0) kept.push(`${i}`);
      }
      await log.close();
      isThrough = true;
    } catch (error) {
      assert.match(String(error) + (error as Error).cause, /the process is gone/);
    }
    disk.restart("power");
    const read = await values(await open(disk, 2), "kept");
    assert.deepEqual(read.slice(0, kept.length), kept, `crash in operation ${crashAt}`);
  }
});
