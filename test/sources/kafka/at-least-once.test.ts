import assert from "node:assert/strict";
import { test } from "node:test";
import { RetriableError, TaskMigratedError } from "../../../src/record/errors.ts";
import type { Log, TransactionalProducer } from "../../../src/runtime/ports.ts";
import type { KafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { service } from "../../services/service.ts";
import { fairly, isShared, TestMember, until } from "../group-members.ts";
import { plain, toPlain, toRecords } from "../log-records.ts";
import { AnswerDropper } from "./answer-dropper.ts";
import { KafkaGroups } from "./kafka-groups.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);

const guarantee = "at_least_once";
const at = { topic: "t", partition: 0 };
const topics = [{ name: "t", partitions: 1, retention: "forever" as const }];
const PRODUCE = 0;
const OFFSET_COMMIT = 8;
const JOIN_GROUP = 11;

async function values(log: Log): Promise<string[]> {
  const read: string[] = [];
  for (let next = 0; ; ) {
    const batch = await log.read(at, next, 1 << 20);
    if (batch === null) return read;
    read.push(...toPlain(batch).rows.map(({ value }) => value));
    next = batch.nextOffset;
  }
}

const row = (text: string) => toRecords("t", 0, plain(text));

/** One row, and the position after it; not committed yet. */
async function work(producer: TransactionalProducer, n: number): Promise<void> {
  await producer.send(row(`${n}`));
  await producer.sendOffsets("g", [{ ...at, offset: n + 1, metadata: `after ${n}` }]);
}

const position = async (log: Log) => (await log.committed("g", [at])).get("t-0");

test("rows are there once they are sent, positions once they are committed", {
  skip,
}, async () => {
  const log = await kafka!.within(kafka!.name(), { guarantee });
  await log.createTopics(topics);
  const producer = await log.producer("p");
  assert.equal(await log.read(at, 0, 100), null);
  await work(producer, 0);
  assert.deepEqual(await values(log), ["0"]);
  assert.equal(await position(log), undefined);
  await producer.commit();
  assert.deepEqual(await position(log), { offset: 1, metadata: "after 0" });
  await work(producer, 1);
  await producer.abort();
  await producer.commit();
  assert.deepEqual(await values(log), ["0", "1"], "nothing is taken back");
  assert.deepEqual(await position(log), { offset: 1, metadata: "after 0" });
  assert.deepEqual(await log.bounds(at), { start: 0, end: 2 }, "no marks of transactions");
});

test("a crash between rows and positions doubles rows and loses none", { skip }, async () => {
  const name = kafka!.name();
  let log = await kafka!.within(name, { guarantee });
  await log.createTopics(topics);
  const crashesAfter = new Set([1, 4, 5]);
  let producer = await log.producer("p");
  for (let n = 0; n < 8; ) {
    await work(producer, n);
    if (crashesAfter.delete(n)) {
      await log.close();
      log = await kafka!.within(name, { guarantee });
      producer = await log.producer("p");
      const { offset, metadata } = (await position(log))!;
      assert.equal(metadata, `after ${offset - 1}`);
      n = offset;
    } else {
      await producer.commit();
      n++;
    }
  }
  assert.deepEqual((await values(log)).join(" "), "0 1 1 2 3 4 4 5 5 6 7");
});

test("an answer that is lost doubles nothing, and a send that fails is not passed over", {
  skip,
}, async () => {
  const proxy = await AnswerDropper.before(connection!.brokers[0]!);
  const settings = {
    guarantee,
    requestTimeoutMs: 400,
    patienceMs: 1000,
    ...proxy.through,
  } as const;
  const log = await kafka!.within(kafka!.name(), settings);
  await log.createTopics(topics);
  let producer = await log.producer("p");
  proxy.next(PRODUCE, "drop the answer");
  proxy.next(OFFSET_COMMIT, "cut off before the answer");
  await work(producer, 0);
  await producer.commit();
  assert.deepEqual(await values(log), ["0"]);
  assert.equal((await position(log))?.offset, 1);

  proxy.next(PRODUCE, ...Array(50).fill("drop the request"));
  await assert.rejects(producer.send(row("1")), RetriableError);
  proxy.heal();
  await assert.rejects(producer.commit(), /missing: abort/);
  await producer.abort();
  await work(producer, 1);
  await producer.commit();
  assert.deepEqual(await values(log), ["0", "1"]);

  await work(producer, 2);
  proxy.next(OFFSET_COMMIT, ...Array(50).fill("drop the request"));
  await assert.rejects(producer.commit(), RetriableError);
  proxy.heal();
  await assert.rejects(producer.send(row("no")), /outcome of a commit/);
  producer = await log.producer("p");
  assert.equal((await position(log))?.offset, 2);
});

test("a newer producer of the log shuts the older one out", { skip }, async () => {
  const log = await kafka!.within(kafka!.name(), { guarantee });
  await log.createTopics(topics);
  const older = await log.producer("p");
  await log.producer("p");
  for (const call of [() => older.send(row("a")), () => older.commit(), () => older.abort()]) {
    await assert.rejects(call, TaskMigratedError);
  }
});

/** Groups, and a topic there whose positions members commit. */
async function withGroups(
  body: (
    world: KafkaGroups,
    commit: (log: KafkaLog, offset: number) => Promise<void>,
  ) => Promise<void>,
): Promise<void> {
  const world = new KafkaGroups(connection!);
  const topic = world.name("t");
  const producers = new Map<KafkaLog, TransactionalProducer>();
  try {
    const { log } = await world.process();
    await log.createTopics([{ ...topics[0]!, name: topic }]);
    await body(world, async (from, offset) => {
      const producer = producers.get(from) ?? (await from.producer(world.name("p")));
      producers.set(from, producer);
      const position = { topic, partition: 0, offset, metadata: "" };
      await producer.sendOffsets(world.name("g"), [position]);
      await producer.commit();
    });
  } finally {
    await world.dispose();
  }
}

const options = { group: "g", assign: fairly(["0_0", "0_1"]) };

test("positions are taken from members only, and from them during a rebalance too", {
  skip,
}, async () => {
  await withGroups(async (world, commit) => {
    const first = await world.process({ guarantee });
    const second = await world.process({ guarantee });
    const members = [new TestMember(first, options)];
    await until(world, members, "all", () => isShared(members, ["0_0", "0_1"]));
    await assert.rejects(commit(second.log, 7), TaskMigratedError);
    let committed = 0;
    let isDone = false;
    const committing = (async () => {
      while (!isDone) await commit(first.log, ++committed);
    })();
    for (let round = 0; round < 5; round++) {
      const { log, groups } = await world.process({ guarantee });
      members.push(new TestMember({ ...first, groups }, options));
      await until(world, members, "two share", () => isShared(members, ["0_0", "0_1"]));
      members.pop();
      await log.close();
      await until(world, members, "all", () => isShared(members, ["0_0", "0_1"]));
    }
    isDone = true;
    await committing;
    assert.ok(committed > 5);
  });
});

test("a member that has yet to hear of its new generation still commits", { skip }, async () => {
  await withGroups(async (world, commit) => {
    const process = await world.process({ guarantee });
    const members = [new TestMember(process, options)];
    await until(world, members, "all", () => isShared(members, ["0_0", "0_1"]));
    for (let round = 1; round <= 3; round++) {
      const { log, groups } = await world.process({ guarantee });
      process.proxy.next(JOIN_GROUP, "cut off before the answer");
      const joining = new TestMember({ ...process, groups }, options);
      const meanwhile = async () => {
        for (let n = 0; n < 50; n++) await commit(process.log, n);
      };
      const both = [...members, joining];
      const shared = until(world, both, "two share", () => isShared(both, ["0_0", "0_1"]));
      await Promise.all([shared, meanwhile()]);
      await log.close();
    }
  });
});

test("a member that was given up commits nothing any more", { skip }, async () => {
  await withGroups(async (world, commit) => {
    const process = await world.process({ guarantee });
    const silent = new TestMember(process, options);
    await until(world, [silent], "all", () => silent.open.size === 2);
    await commit(process.log, 1);
    process.silence();
    const other = new TestMember(await world.process(), options);
    await until(world, [other], "all", () => other.open.size === 2);
    process.awaken();
    await assert.rejects(commit(process.log, 2), TaskMigratedError);
  });
});
