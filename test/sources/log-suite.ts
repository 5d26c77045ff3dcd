import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigError, TaskCorruptedError, TaskMigratedError } from "../../src/record/errors.ts";
import type { RecordBatch, TopicPartition } from "../../src/record/record-batch.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { type LogTraits, logModelProperty } from "./log-model.ts";
import {
  type Layout,
  layouts,
  type PlainRecords,
  plain,
  plainRecords,
  sliceEnd,
  toPlain,
  toRecords,
} from "./log-records.ts";
import { propertyRuns } from "./property-runs.ts";

const at = (partition: number): TopicPartition => ({ topic: "t", partition });

/** All that can be read from `offset` on, in batches of about `bytesMax`. */
async function readAll(
  log: Log,
  from: TopicPartition,
  offset: number,
  bytesMax = 1 << 20,
): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for (let next = offset; ; ) {
    const batch = await log.read(from, next, bytesMax);
    if (!batch) return batches;
    assert.equal(batch.firstOffset, next);
    assert.ok(batch.nextOffset > next, "a batch moves the position on");
    batches.push(batch);
    next = batch.nextOffset;
  }
}

const values = (batches: readonly RecordBatch[]): string[] =>
  batches.flatMap((batch) => toPlain(batch).rows.map(({ value }) => value));

const embedded: LogTraits = { givesOffsets: "at-commit" };

/**
 * What every implementation of `Log` has to do; `open` gives an empty one. `runs`: of the properties,
 * where fewer have to do.
 */
export function logSuite(
  name: string,
  open: () => Promise<{ log: Log; dispose: () => Promise<void> }>,
  { traits = embedded, runs }: { readonly traits?: LogTraits; readonly runs?: number } = {},
): void {
  const isDense = traits.givesOffsets === "at-commit";
  /** Offsets which the end of a transaction takes up in each partition that it has rows in. */
  const mark = isDense ? 0 : 1;
  const check = (behaviour: string, body: (log: Log) => Promise<void>): void => {
    test(`${name}: ${behaviour}`, async () => {
      const { log, dispose } = await open();
      try {
        await log.createTopics([{ name: "t", partitions: 2, retention: "forever" }]);
        await body(log);
      } finally {
        await dispose();
      }
    });
  };
  const publish = async (log: Log, id: string, ...all: PlainRecords[]): Promise<void> => {
    const producer = await log.producer(id);
    for (const each of all) await producer.send(toRecords("t", 0, each));
    await producer.commit();
  };

  check("creates a topic once, and refuses it with other partitions", async (log) => {
    assert.equal(await log.partitions("t"), 2);
    assert.equal(await log.partitions("u"), 0);
    await log.createTopics([{ name: "t", partitions: 2, retention: "forever" }]);
    const other = [{ name: "t", partitions: 3, retention: "forever" as const }];
    await assert.rejects(log.createTopics(other), ConfigError);
    const u = { name: "u", partitions: 1, retention: 0 };
    await assert.rejects(log.createTopics([u, { ...u, partitions: 2 }]), ConfigError);
    assert.equal(await log.partitions("u"), 0, "all or none of them");
    await assert.rejects(log.createTopics([{ ...u, retention: Number.NaN }]), ConfigError);
    const none = [{ name: "u", partitions: 0, retention: "forever" as const }];
    await assert.rejects(log.createTopics(none), ConfigError);
  });

  check("names a topic or partition that does not exist", async (log) => {
    const producer = await log.producer("p");
    const missing = { name: "ConfigError", message: /t-2/ };
    await assert.rejects(log.bounds(at(2)), missing);
    await assert.rejects(log.read(at(2), 0, 1), missing);
    await assert.rejects(producer.send(toRecords("t", 2, plain("a"))), missing);
    const nowhere = [{ ...at(2), offset: 0, metadata: "" }];
    await assert.rejects(producer.sendOffsets("g", nowhere), missing);
  });

  check("shows nothing of a transaction before its commit, and all of it after", async (log) => {
    const producer = await log.producer("p");
    await producer.send(toRecords("t", 0, plain("a", "b")));
    await producer.send(toRecords("t", 1, plain("c")));
    await producer.sendOffsets("g", [{ ...at(1), offset: 7, metadata: "m" }]);
    assert.deepEqual(await log.bounds(at(0)), { start: 0, end: 0 });
    assert.equal(await log.read(at(0), 0, 100), null);
    assert.equal((await log.committed("g", [at(1)])).size, 0);
    await producer.commit();
    assert.deepEqual(await log.bounds(at(0)), { start: 0, end: 2 + mark });
    assert.deepEqual(values(await readAll(log, at(0), 0)), ["a", "b"]);
    assert.deepEqual(values(await readAll(log, at(1), 0)), ["c"]);
    const committed = await log.committed("g", [at(0), at(1)]);
    assert.deepEqual([...committed], [["t-1", { offset: 7, metadata: "m" }]]);
  });

  check("forgets an aborted transaction, records and offsets", async (log) => {
    const producer = await log.producer("p");
    await producer.send(toRecords("t", 0, plain("gone")));
    await producer.sendOffsets("g", [{ ...at(0), offset: 1, metadata: "gone" }]);
    await producer.abort();
    await producer.send(toRecords("t", 0, plain("kept")));
    await producer.commit();
    assert.deepEqual(values(await readAll(log, at(0), 0)), ["kept"]);
    assert.equal((await log.committed("g", [at(0)])).size, 0);
  });

  check("ends a transaction that holds nothing", async (log) => {
    const producer = await log.producer("p");
    await producer.commit();
    await producer.abort();
    await producer.send(toRecords("t", 0, plain()));
    await producer.commit();
    assert.deepEqual(await log.bounds(at(0)), { start: 0, end: 0 });
  });

  check("keeps the transactions of several producers apart, each whole", async (log) => {
    const p = await log.producer("p");
    const q = await log.producer("q");
    const r = await log.producer("r");
    await p.send(toRecords("t", 0, plain("p1")));
    await q.send(toRecords("t", 0, plain("q1", "q2")));
    await r.send(toRecords("t", 0, plain("r1")));
    await p.send(toRecords("t", 0, plain("p2")));
    await q.commit();
    await r.abort();
    await p.commit();
    const inOrder = isDense ? ["q1", "q2", "p1", "p2"] : ["p1", "q1", "q2", "p2"];
    assert.deepEqual(values(await readAll(log, at(0), 0)), inOrder);
    assert.deepEqual(await log.bounds(at(0)), { start: 0, end: isDense ? 4 : 5 + 3 });
  });

  check("commits of several producers at once all succeed", async (log) => {
    const producers = await Promise.all(["p", "q", "r"].map((id) => log.producer(id)));
    await Promise.all(
      producers.map(async (producer, i) => {
        await producer.send(toRecords("t", 0, plain(`${i}`, `${i}`)));
        await producer.commit();
      }),
    );
    const read = values(await readAll(log, at(0), 0));
    assert.deepEqual(read.toSorted(), ["0", "0", "1", "1", "2", "2"]);
    for (const i of ["0", "1", "2"]) assert.equal(read.lastIndexOf(i) - read.indexOf(i), 1);
  });

  check("fences the earlier producer of an id in every call, and aborts for it", async (log) => {
    const old = await log.producer("p");
    await old.send(toRecords("t", 0, plain("gone")));
    const owner = await log.producer("p");
    const other = await log.producer("q");
    await assert.rejects(old.send(toRecords("t", 0, plain("late"))), TaskMigratedError);
    await assert.rejects(old.sendOffsets("g", []), TaskMigratedError);
    await assert.rejects(old.commit(), TaskMigratedError);
    await assert.rejects(old.abort(), TaskMigratedError);
    await owner.send(toRecords("t", 0, plain("kept")));
    await owner.commit();
    await other.commit();
    assert.deepEqual(values(await readAll(log, at(0), 0)), ["kept"]);
  });

  check("lets a commit in flight end before the next owner of its id begins", async (log) => {
    const old = await log.producer("p");
    await old.send(toRecords("t", 0, plain("a")));
    await old.sendOffsets("g", [{ ...at(0), offset: 1, metadata: "m" }]);
    const committing = old.commit().then(
      () => true,
      () => false,
    );
    await log.producer("p");
    const seen = (await log.committed("g", [at(0)])).size === 1;
    assert.equal(await committing, seen, "what the next owner sees is the outcome");
    assert.deepEqual(values(await readAll(log, at(0), 0)), seen ? ["a"] : []);
  });

  check("refuses to read outside of the bounds", async (log) => {
    await publish(log, "p", plain("a", "b"));
    const { end } = await log.bounds(at(0));
    assert.equal(await log.read(at(0), end, 100), null);
    for (const offset of [-1, end + 1, 0.5, Number.NaN]) {
      await assert.rejects(log.read(at(0), offset, 100), TaskCorruptedError);
    }
  });

  check("gives an end marker an offset after its rows, and ends a batch with it", async (log) => {
    await publish(log, "p", { ...plain("a", "b"), control: sliceEnd(900) }, plain("c"));
    const batches = await readAll(log, at(0), 0);
    assert.deepEqual(
      batches.map((batch) => [batch.firstOffset, batch.nextOffset, batch.control?.sliceMs]),
      [
        [0, 3, 900],
        [3, 4 + mark, undefined],
      ],
    );
    const marker = await log.read(at(0), 2, 100);
    assert.equal(marker?.length, 0);
    assert.equal(marker?.bytes.length, 0);
    assert.deepEqual([marker?.control, marker?.nextOffset], [sliceEnd(900), 3]);
    const cut = await log.read(at(0), 0, 1);
    assert.deepEqual([cut?.length, cut?.control, cut?.nextOffset], [1, null, 1]);
  });

  check("stores a marker without rows", async (log) => {
    await publish(
      log,
      "p",
      { ...plain(), control: sliceEnd(1) },
      { ...plain(), headers: { a: "b" } },
    );
    const [batch, ...more] = await readAll(log, at(0), 0);
    assert.deepEqual([batch?.length, batch?.nextOffset, more.length], [0, 1 + mark, 0]);
    assert.deepEqual(batch?.control, sliceEnd(1));
  });

  check("does not mind when a sender uses its buffers again", async (log) => {
    const producer = await log.producer("p");
    for (const layout of layouts) {
      const records = toRecords("t", 0, plain("aaaa", "bbbb"), layout);
      await producer.send(records);
      records.bytes.fill(0);
      records.starts.fill(0);
      records.timestampsMs.fill(9);
    }
    await producer.commit();
    const batches = await readAll(log, at(0), 0);
    assert.deepEqual(values(batches), ["aaaa", "bbbb", "aaaa", "bbbb", "aaaa", "bbbb"]);
    assert.ok(batches.every((batch) => batch.timestampsMs.every((timestamp) => timestamp === 0)));
  });

  check("takes Node buffers, which slice differently", async (log) => {
    const producer = await log.producer("p");
    const bytes = Buffer.from("xaabbx");
    const records = { ...toRecords("t", 0, plain("aa", "bb")), bytes };
    const tables = { starts: Int32Array.of(1, 3), ends: Int32Array.of(3, 5) };
    await producer.send({ ...records, ...tables });
    bytes.fill(0);
    await producer.commit();
    assert.deepEqual(values(await readAll(log, at(0), 0)), ["aa", "bb"]);
  });

  check("cuts what it reads at about bytesMax, but gives at least one row", async (log) => {
    await publish(log, "p", plain("x".repeat(10), "y".repeat(10), "z".repeat(100), "w"));
    const lengths = async (bytesMax: number) =>
      (await readAll(log, at(0), 0, bytesMax)).map((batch) => batch.length);
    assert.deepEqual(await lengths(1), [1, 1, 1, 1]);
    assert.deepEqual(await lengths(60), [2, 1, 1]);
    const all = await lengths(1000);
    assert.equal(
      all.reduce((sum, length) => sum + length),
      4,
    );
    assert.ok(all.length < 4, "several rows that fit come in one batch");
    const batch = await log.read(at(0), 1, 10);
    assert.equal(batch?.bytes.length, 10, "a cut batch does not claim the bytes of its neighbours");
  });

  check("keeps readers of several partitions apart that read in small pieces", async (log) => {
    const producer = await log.producer("p");
    const sent = [0, 1].map((partition) =>
      Array.from({ length: 5 }, (_, i) => `${partition}.${i}`),
    );
    for (const partition of [0, 1]) {
      await producer.send(toRecords("t", partition, plain(...sent[partition]!)));
    }
    await producer.commit();
    const read: string[][] = [[], []];
    for (let offset = 0; offset < 5; offset++) {
      for (const partition of [0, 1]) {
        const batch = await log.read(at(partition), offset, 1);
        read[partition]!.push(...values([batch!]));
      }
    }
    assert.deepEqual(read, sent);
  });

  check("stores rows of more than a megabyte", async (log) => {
    const long = "l".repeat(3_000_000);
    await publish(log, "p", plain("a", long, "b"));
    assert.deepEqual(values(await readAll(log, at(0), 0)), ["a", long, "b"]);
  });

  check("gives back every part of what was sent, from any offset and in any size", async (log) => {
    const producer = await log.producer("p");
    const sent = fc.tuple(plainRecords, fc.constantFrom<Layout>(...layouts));
    const property = fc.asyncProperty(
      fc.array(sent, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 1, max: 200 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      async (all, bytesMax, share) => {
        const { end } = await log.bounds(at(0));
        for (const [each, layout] of all) await producer.send(toRecords("t", 0, each, layout));
        await producer.commit();
        const expected = all.flatMap(([each]) => recordsOneByOne(each));
        const skipped = Math.floor(share * expected.length);
        const batches = await readAll(log, at(0), end + skipped, bytesMax);
        const read = batches.flatMap((batch) => recordsOneByOne(toPlain(batch)));
        assert.deepEqual(read, expected.slice(skipped));
      },
    );
    await fc.assert(property, propertyRuns(runs ?? 100));
  });

  test(`${name}: does what a plain model does, whatever its producers do`, async () => {
    await fc.assert(logModelProperty(open, traits), propertyRuns(runs ?? 60));
  });
}

/** One entry per offset, so that it does not matter where batches were cut. */
const recordsOneByOne = ({ rows, headers, control }: PlainRecords): unknown[] => [
  ...rows.map((row) => ({ ...row, headers })),
  ...(control ? [{ control, headers }] : []),
];
