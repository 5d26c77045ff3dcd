import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TaskMigratedError } from "../../../src/record/errors.ts";
import type { Log, TransactionalProducer } from "../../../src/runtime/ports.ts";
import { service } from "../../services/service.ts";
import { plain, sliceEnd, toPlain, toRecords } from "../log-records.ts";
import { propertyRuns } from "../property-runs.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";
import { NamespacedLog } from "./namespaced-log.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);

const at = { topic: "t", partition: 0 };
const topics = [{ name: "t", partitions: 1, retention: "forever" as const }];
const ids = ["p", "q", "r"] as const;

type Step = { readonly who: number; readonly what: "send" | "marker" | "commit" | "abort" };

/** Aborts are as frequent as commits, and transactions lie in one another in all ways. */
const step: fc.Arbitrary<Step> = fc.record({
  who: fc.nat({ max: ids.length - 1 }),
  what: fc.constantFrom("send", "send", "send", "marker", "commit", "abort"),
});

/** What lies at an offset, and which transaction it belongs to. */
interface Offset {
  readonly text: string | null;
  readonly transaction: { state: "open" | "committed" | "aborted" };
}

/** Runs the steps and writes down what has to lie where. */
async function interleave(log: Log, steps: readonly Step[]): Promise<Offset[]> {
  const producers: TransactionalProducer[] = [];
  for (const id of ids) producers.push(await log.producer(id));
  const open: Offset["transaction"][] = ids.map(() => ({ state: "open" }));
  const offsets: Offset[] = [];
  const end = async (who: number, what: "commit" | "abort") => {
    await producers[who]![what]();
    const transaction = open[who]!;
    transaction.state = what === "commit" ? "committed" : "aborted";
    if (offsets.some((each) => each.transaction === transaction)) {
      offsets.push({ text: null, transaction });
    }
    open[who] = { state: "open" };
  };
  for (const [i, { who, what }] of steps.entries()) {
    const transaction = open[who]!;
    if (what === "commit" || what === "abort") await end(who, what);
    else if (what === "marker") {
      await producers[who]!.send(toRecords("t", 0, { ...plain(), control: sliceEnd(i) }));
      offsets.push({ text: `marker ${i}`, transaction });
    } else {
      const rows = [`${i}.0`, `${i}.1`];
      await producers[who]!.send(toRecords("t", 0, plain(...rows)));
      offsets.push(...rows.map((text) => ({ text, transaction })));
    }
  }
  for (const who of ids.keys()) await end(who, "abort");
  return offsets;
}

/** All that is seen from an offset on, each with its offset. */
async function seenFrom(log: Log, from: number, bytesMax: number): Promise<[number, string][]> {
  const seen: [number, string][] = [];
  for (let next = from; ; ) {
    const batch = await log.read(at, next, bytesMax);
    if (batch === null) return seen;
    assert.equal(batch.firstOffset, next, "no offset is left out");
    const { rows, control } = toPlain(batch);
    seen.push(...rows.map(({ value }, i): [number, string] => [next + i, value]));
    if (control) seen.push([next + rows.length, `marker ${control.sliceMs}`]);
    next = batch.nextOffset;
  }
}

test("of interleaved transactions the committed are seen, from every offset", {
  skip,
}, async () => {
  const log = await kafka!.open();
  const property = fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
    const own = new NamespacedLog(log, kafka!.name());
    await own.createTopics(topics);
    const offsets = await interleave(own, steps);
    const expected = offsets.flatMap(({ text, transaction }, offset): [number, string][] =>
      text !== null && transaction.state === "committed" ? [[offset, text]] : [],
    );
    assert.deepEqual(await own.bounds(at), { start: 0, end: offsets.length });
    for (let from = 0; from <= offsets.length; from++) {
      const left = expected.filter(([offset]) => offset >= from);
      assert.deepEqual(await seenFrom(own, from, 1 << 20), left);
    }
    assert.deepEqual(await seenFrom(own, 0, 1), expected);
  });
  await fc.assert(property, propertyRuns(15));
});

test("a zombie in another process is shut out at its next call", { skip }, async () => {
  const name = kafka!.name();
  const zombieLog = await kafka!.within(name);
  const log = await kafka!.within(name);
  await log.createTopics(topics);
  for (const call of ["send", "sendOffsets", "commit", "abort"] as const) {
    const zombie = await zombieLog.producer("p");
    await zombie.send(toRecords("t", 0, plain("gone")));
    await zombie.sendOffsets("g", [{ ...at, offset: 9, metadata: "gone" }]);
    const owner = await log.producer("p");
    assert.equal((await log.committed("g", [at])).get("t-0")?.metadata, undefined);
    await assert.rejects(
      {
        send: () => zombie.send(toRecords("t", 0, plain("late"))),
        sendOffsets: () => zombie.sendOffsets("g", [{ ...at, offset: 9, metadata: "late" }]),
        commit: () => zombie.commit(),
        abort: () => zombie.abort(),
      }[call](),
      TaskMigratedError,
      call,
    );
    await assert.rejects(zombie.send(toRecords("t", 0, plain("late"))), TaskMigratedError);
    await owner.abort();
  }
  const owner = await log.producer("p");
  await owner.send(toRecords("t", 0, plain("kept")));
  await owner.commit();
  const seen = await seenFrom(log, 0, 1000);
  assert.deepEqual(
    seen.map(([, text]) => text),
    ["kept"],
  );
});

test("an idle zombie learns at an empty commit that it was shut out", { skip }, async () => {
  const name = kafka!.name();
  const zombie = await (await kafka!.within(name)).producer("p");
  await (await kafka!.within(name)).producer("p");
  await assert.rejects(zombie.commit(), TaskMigratedError);
});

test("a transaction that takes longer than its timeout is aborted", { skip }, async () => {
  const log = await kafka!.within(kafka!.name(), { transactionTimeoutMs: 1000 });
  await log.createTopics(topics);
  const slow = await log.producer("p");
  await slow.send(toRecords("t", 0, plain("slow")));
  // The broker looks for them every ten seconds, or as it is told to.
  while ((await log.bounds(at)).end === 0) await new Promise((resolve) => setTimeout(resolve, 100));
  await assert.rejects(slow.commit(), TaskMigratedError);
  assert.deepEqual(await seenFrom(log, 0, 1000), []);
});

test("rows of long ago lie in one segment with the marks of their transactions", {
  skip,
}, async () => {
  const log = await kafka!.within(kafka!.name());
  await log.createTopics(topics);
  const producer = await log.producer("p");
  const row = { ...plain("a").rows[0]!, timestampMs: Date.UTC(2015, 1, 18) };
  for (let i = 0; i < 3; i++) {
    await producer.send(toRecords("t", 0, { ...plain(), rows: [row] }));
    await producer.commit();
  }
  const batch = await log.read(at, 0, 1000);
  assert.equal(batch?.nextOffset, 2, "one fetch, which ends with a segment, brings the mark too");
});
