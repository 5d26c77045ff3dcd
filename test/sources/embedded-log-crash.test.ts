import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RetriableError, TaskCorruptedError } from "../../src/record/errors.ts";
import { partitionName, type TopicPartition } from "../../src/record/record-batch.ts";
import type { Log, TopicSpec, TransactionalProducer } from "../../src/runtime/ports.ts";
import { openEmbeddedLog } from "../../src/sources/embedded-log/embedded-log.ts";
import { toPlain, toRecords } from "./log-records.ts";
import { propertyRuns } from "./property-runs.ts";
import { noFaults, randomFrom, SimulatedDisk } from "./simulated-disk.ts";

const topics: TopicSpec[] = [
  { name: "kept", partitions: 2, retention: "forever" },
  { name: "used", partitions: 1, retention: "consumed" },
  { name: "timed", partitions: 1, retention: 40 },
];
const allPartitions: TopicPartition[] = topics.flatMap(({ name, partitions }) =>
  Array.from({ length: partitions }, (_, partition) => ({ topic: name, partition })),
);
const ids = ["p", "q", "r"] as const;

interface SentTransaction {
  readonly name: string;
  /** Values by partition, in the order in which they were sent. */
  readonly values: Map<string, string[]>;
  state: "open" | "aborted" | "committing" | "committed";
}

/** What the producers did, in all lives of the log; and what was seen of it. */
class History {
  readonly transactions = new Map<string, SentTransaction>();
  readonly seen = new Map<string, string>();
  readonly bounds = new Map<string, { start: number; end: number }>();
  consumedTo = 0;
  timeMs = 0;
}

const isVisibleMaybe = ({ state }: SentTransaction): boolean =>
  state === "committing" || state === "committed";

/** One producer at work: transactions of random shape, until `count` are through or it fails. */
async function work(
  log: Log,
  id: string,
  count: number,
  history: History,
  random: () => number,
): Promise<void> {
  const pick = (n: number): number => Math.floor(random() * n);
  let producer = await log.producer(id);
  for (let i = 0; i < count; i++) {
    const transaction: SentTransaction = {
      name: `${id}${history.transactions.size}`,
      values: new Map(),
      state: "open",
    };
    history.transactions.set(transaction.name, transaction);
    try {
      await fill(log, producer, transaction, history, pick);
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      transaction.state = "aborted";
      await producer.abort();
      continue;
    }
    const ending = pick(8);
    if (ending === 0) {
      transaction.state = "aborted";
      await producer.abort();
    } else if (ending === 1) {
      transaction.state = "aborted";
      producer = await log.producer(id);
    } else {
      transaction.state = "committing";
      try {
        await producer.commit();
        transaction.state = "committed";
      } catch (error) {
        if (!(error instanceof RetriableError)) throw error;
        producer = await log.producer(id);
      }
    }
  }
}

async function fill(
  log: Log,
  producer: TransactionalProducer,
  transaction: SentTransaction,
  history: History,
  pick: (n: number) => number,
): Promise<void> {
  for (let sends = 1 + pick(3); sends > 0; sends--) {
    const at = allPartitions[pick(allPartitions.length)]!;
    const name = partitionName(at);
    const values = transaction.values.get(name) ?? [];
    transaction.values.set(name, values);
    const rows = Array.from({ length: 1 + pick(4) }, (_, i) => ({
      value: `${transaction.name}/${values.length + i}/${"x".repeat(pick(120))}`,
      key: null,
      timestampMs: history.timeMs++,
      ordinal: null,
    }));
    values.push(...rows.map(({ value }) => value));
    await producer.send(toRecords(at.topic, at.partition, { rows, headers: {}, control: null }));
  }
  const consumed = { topic: "used", partition: 0 };
  const { end } = await log.bounds(consumed);
  const metadata = transaction.name;
  history.consumedTo = Math.max(history.consumedTo, end);
  // Of its own group: the id of the transaction. Of the group of all: what may be dropped.
  await producer.sendOffsets(`group-${transaction.name[0]}`, [
    { topic: "kept", partition: 0, offset: 0, metadata },
  ]);
  await producer.sendOffsets("consumer", [{ ...consumed, offset: end, metadata: "" }]);
}

async function readPartition(log: Log, at: TopicPartition, from: number): Promise<string[]> {
  const values: string[] = [];
  for (let batch = await log.read(at, from, 300); batch; ) {
    assert.equal(batch.firstOffset, from + values.length);
    values.push(...toPlain(batch).rows.map(({ value }) => value));
    batch = await log.read(at, batch.nextOffset, 300);
  }
  return values;
}

/** Committed transactions are there, whole; others are not; nothing seen before has changed. */
async function verify(log: Log, history: History): Promise<void> {
  const visible = new Set<string>();
  const starts = new Map<string, number>();
  const read = new Map<string, Map<string, string[]>>();
  for (const at of allPartitions) {
    const name = partitionName(at);
    const bounds = await log.bounds(at);
    const before = history.bounds.get(name) ?? { start: 0, end: 0 };
    assert.ok(bounds.start >= before.start && bounds.end >= before.end, `bounds of ${name} go on`);
    if (at.topic === "kept") assert.equal(bounds.start, 0);
    if (at.topic === "used") assert.ok(bounds.start <= history.consumedTo);
    history.bounds.set(name, bounds);
    starts.set(name, bounds.start);
    const values = await readPartition(log, at, bounds.start);
    assert.equal(values.length, bounds.end - bounds.start);
    const byTransaction = Map.groupBy(values, (value) => value.split("/")[0]!);
    read.set(name, byTransaction);
    for (const transaction of byTransaction.keys()) visible.add(transaction);
    values.forEach((value, i) => {
      const place = `${name}@${bounds.start + i}`;
      assert.equal(history.seen.get(place) ?? value, value, `${place} never changes`);
      history.seen.set(place, value);
    });
  }
  for (const transaction of history.transactions.values()) {
    checkTransaction(transaction, visible.has(transaction.name), read, starts);
  }
  await checkPositions(log, history, visible);
}

function checkTransaction(
  transaction: SentTransaction,
  isVisible: boolean,
  read: ReadonlyMap<string, ReadonlyMap<string, string[]>>,
  starts: ReadonlyMap<string, number>,
): void {
  const { name, state, values } = transaction;
  if (!isVisibleMaybe(transaction)) assert.ok(!isVisible, `${name} is ${state}, and visible`);
  // Its outcome is known from now on.
  const counts = state === "committed" || isVisible;
  if (state === "committing") transaction.state = isVisible ? "committed" : "aborted";
  for (const [partition, sent] of values) {
    const found = read.get(partition)!.get(name) ?? [];
    const isDropped = starts.get(partition)! > 0;
    if (!counts) assert.deepEqual(found, []);
    else if (isDropped) assert.deepEqual(found, sent.slice(sent.length - found.length));
    else assert.deepEqual(found, sent, `${name} (${state}) in ${partition}`);
  }
}

/** The position of a producer's group names the last of its transactions that is visible. */
async function checkPositions(
  log: Log,
  history: History,
  visible: ReadonlySet<string>,
): Promise<void> {
  const at = { topic: "kept", partition: 0 };
  for (const id of ids) {
    const position = (await log.committed(`group-${id}`, [at])).get("kept-0");
    const all = [...history.transactions.values()].filter(({ name }) => name.startsWith(id));
    const last = all.findLast(({ name, state }) => state === "committed" || visible.has(name));
    assert.equal(position?.metadata, last?.name, `the position of ${id}`);
  }
}

interface Life {
  /** From one transaction a segment to all in one: what a sync covers differs. */
  readonly segmentBytes: number;
  readonly transactions: number;
  readonly crashAt: number;
  readonly crashAtSync: number;
  readonly failAt: readonly number[];
  readonly after: "kill" | "power";
}

const life = (failures: number): fc.Arbitrary<Life> =>
  fc.record({
    segmentBytes: fc.constantFrom(1500, 4000, 20_000),
    transactions: fc.integer({ min: 1, max: 6 }),
    crashAt: fc.integer({ min: 0, max: 250 }),
    crashAtSync: fc.integer({ min: 0, max: 40 }),
    failAt: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: failures }),
    after: fc.constantFrom("kill", "power"),
  });

const open = (disk: SimulatedDisk, pid: number, segmentBytes: number) =>
  openEmbeddedLog({
    folder: "/log",
    segmentBytes,
    frameBytes: 200,
    files: disk,
    processes: { pid, started: async (other) => (other === pid ? "now" : null) },
  });

async function live(
  disk: SimulatedDisk,
  pid: number,
  lived: Life,
  history: History,
  seed: number,
): Promise<void> {
  const { crashAt, crashAtSync } = lived;
  disk.setFaults({ crashAt, crashAtSync, failAt: new Set(lived.failAt) });
  try {
    const log = await open(disk, pid, lived.segmentBytes);
    try {
      await log.createTopics(topics);
      const workers = ids.map((id, i) =>
        work(log, id, lived.transactions, history, randomFrom(seed + i)),
      );
      const ends = await Promise.allSettled(workers);
      const failed = ends.find((end) => end.status === "rejected");
      if (failed && !isFault(failed.reason)) throw failed.reason;
    } finally {
      await log.close().catch(rethrowUnlessFault);
    }
  } catch (error) {
    rethrowUnlessFault(error);
  }
}

/** Of the disk, or of a log that says it cannot go on because of it. */
const isFault = (error: unknown): boolean =>
  error instanceof RetriableError ||
  (error instanceof Error && /the process is gone|ENOSPC/.test(error.message));

function rethrowUnlessFault(error: unknown): void {
  if (!isFault(error)) throw error;
}

const crashProperty = (failures: number) =>
  fc.asyncProperty(
    fc.array(life(failures), { minLength: 1, maxLength: 3 }),
    fc.nat(),
    async (lives, seed) => {
      const disk = new SimulatedDisk(randomFrom(seed));
      const history = new History();
      let pid = 1;
      for (const each of lives) {
        await live(disk, pid++, each, history, seed + 10 * pid);
        disk.restart(each.after);
        const log = await open(disk, pid++, each.segmentBytes);
        await log.createTopics(topics);
        await verify(log, history);
        await log.close();
      }
    },
  );

test("a crash at any step loses no committed transaction and shows no other", async () => {
  await fc.assert(crashProperty(0), propertyRuns(500));
});

test("neither does a disk that fails now and then, before a crash or without one", async () => {
  await fc.assert(crashProperty(4), propertyRuns(300));
});

test("offsets outside of what retention has left are refused after a crash too", async () => {
  const disk = new SimulatedDisk(randomFrom(1));
  const history = new History();
  await live(
    disk,
    1,
    { ...noFaults, segmentBytes: 2000, transactions: 60, failAt: [], after: "kill" },
    history,
    1,
  );
  disk.restart("power");
  const log = await open(disk, 2, 2000);
  const timed = { topic: "timed", partition: 0 };
  const { start } = await log.bounds(timed);
  assert.ok(start > 0, "some rows are past their retention");
  await assert.rejects(log.read(timed, start - 1, 100), TaskCorruptedError);
  await log.close();
});
