import assert from "node:assert/strict";
import { test } from "node:test";
import { RetriableError } from "../../../src/record/errors.ts";
import type { Log, TransactionalProducer } from "../../../src/runtime/ports.ts";
import { service } from "../../services/service.ts";
import { plain, toPlain, toRecords } from "../log-records.ts";
import { AnswerDropper, type Fate } from "./answer-dropper.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);

const PRODUCE = 0;
const ADD_PARTITIONS = 24;
const ADD_OFFSETS = 25;
const END_TXN = 26;
const TXN_OFFSET_COMMIT = 28;

const at = { topic: "t", partition: 0 };

interface World {
  readonly log: Log;
  readonly proxy: AnswerDropper;
}

/** A log which gives up soon, behind something that loses messages. */
async function lossy(): Promise<World> {
  const proxy = await AnswerDropper.before(connection!.brokers[0]!);
  const settings = { requestTimeoutMs: 400, patienceMs: 1000, ...proxy.through };
  const log = await kafka!.within(kafka!.name(), settings);
  await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
  return { log, proxy };
}

async function values(log: Log): Promise<string[]> {
  const read: string[] = [];
  for (let next = 0; ; ) {
    const batch = await log.read(at, next, 1 << 20);
    if (batch === null) return read;
    read.push(...toPlain(batch).rows.map(({ value }) => value));
    next = batch.nextOffset;
  }
}

/** Sends one row and the position after it, as a task does. */
async function work(producer: TransactionalProducer, row: number): Promise<void> {
  await producer.send(toRecords("t", 0, plain(`row ${row}`)));
  await producer.sendOffsets("g", [{ ...at, offset: row + 1, metadata: `m${row}` }]);
}

const position = async (log: Log): Promise<number> =>
  (await log.committed("g", [at])).get("t-0")?.offset ?? 0;

const lost: readonly Fate[] = ["drop the request", "drop the answer", "cut off before the answer"];

for (const fate of lost) {
  test(`one time "${fate}" at any request is mended without a trace`, { skip }, async () => {
    const { log, proxy } = await lossy();
    const producer = await log.producer("p");
    const kinds = [PRODUCE, ADD_PARTITIONS, ADD_OFFSETS, TXN_OFFSET_COMMIT, END_TXN];
    for (const [row, kind] of kinds.entries()) {
      proxy.next(kind, fate);
      await work(producer, row);
      await producer.commit();
      assert.equal(await position(log), row + 1);
    }
    assert.deepEqual(
      await values(log),
      kinds.map((_, row) => `row ${row}`),
    );
  });

  test(`a commit of which nothing is heard ("${fate}"): the log knows`, { skip }, async () => {
    const { log, proxy } = await lossy();
    const producer = await log.producer("p");
    await work(producer, 0);
    await producer.commit();
    await work(producer, 1);
    proxy.next(END_TXN, ...Array(50).fill(fate));
    await assert.rejects(producer.commit(), RetriableError);
    proxy.heal();
    await assert.rejects(producer.send(toRecords("t", 0, plain("no"))), /outcome of a commit/);
    await assert.rejects(producer.commit(), RetriableError);
    await assert.rejects(producer.abort(), RetriableError);

    const next = await log.producer("p");
    const reached = await position(log);
    assert.equal(reached, fate === "drop the request" ? 1 : 2);
    for (let row = reached; row < 3; row++) await work(next, row);
    await next.commit();
    assert.deepEqual(await values(log), ["row 0", "row 1", "row 2"]);
  });

  test(`a send of which nothing is heard ("${fate}") can be aborted`, { skip }, async () => {
    const { log, proxy } = await lossy();
    const producer = await log.producer("p");
    await work(producer, 0);
    await producer.commit();
    proxy.next(PRODUCE, ...Array(50).fill(fate));
    await assert.rejects(work(producer, 1), RetriableError);
    proxy.heal();
    await assert.rejects(producer.commit(), /lacks rows: abort it/);
    await producer.abort();
    await work(producer, 1);
    await producer.commit();
    assert.deepEqual(await values(log), ["row 0", "row 1"]);
  });
}

test("a log that cannot be reached says so with the address", { skip }, async () => {
  const opening = kafka!.open({ brokers: ["127.0.0.1:1"], patienceMs: 200 });
  await assert.rejects(opening, { name: "RetriableError", message: /127\.0\.0\.1:1/ });
  const wrong = kafka!.open({ brokers: ["http://nowhere"] });
  await assert.rejects(wrong, { name: "ConfigError", message: /nowhere.*host:port/ });
  await assert.rejects(kafka!.open({ brokers: [] }), { name: "ConfigError" });
});
