import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Serde } from "../../src/operators/serde.ts";
import { RetriableError } from "../../src/record/errors.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { type Intercept, InterceptedLog } from "../../src/testing/intercepted-log.ts";
import { InterceptedObjectStore } from "../../src/testing/intercepted-object-store.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { valueDeserializer, valueSerializer } from "../../src/topology/value-serdes.ts";
import { oneRow } from "../sources/log-records.ts";

const NEVER = Number.POSITIVE_INFINITY;
const TABLE_INTERVAL_MS = 1000;
const WAIT_MS = 10;

/** A copy of topic `in`, which feeds a table. */
function copyIntoTable() {
  const builder = new TopologyBuilder();
  builder
    .source("in", {
      topic: "in",
      deserialize: valueDeserializer(utf8Serde),
      completeness: { markers: ["in"] },
    })
    .to("copy", { topic: "out", serialize: valueSerializer(utf8Serde) });
  return builder.table("table", "out").build();
}

class Running {
  readonly tables = new MemoryTables();
  readonly log = new MemoryLog();
  /** Kinds of what the thread tells of failures. */
  readonly told: string[] = [];
  /** What the thread has waited for somebody who had failed. */
  readonly waits: number[] = [];
  nowMs = 0;
  thread!: StreamThread;
  /** Calls to the log, the checkpoints and the tables that fail, by name. */
  failing: ReadonlySet<string> = new Set();
  /** One that fails the next time, and not again. */
  failingOnce: string | null = null;
  /** A call that fails for good. */
  broken: string | null = null;
  /** A call that waits the next time, until somebody lets it go. */
  held: { readonly call: string; readonly until: Promise<void> } | null = null;

  static async open(options = {}): Promise<Running> {
    const running = new Running();
    await running.open(options);
    return running;
  }

  async open({ tableAttemptsMax = 3, commitIntervalMs = 0, partitions = 1 } = {}): Promise<void> {
    const intercept: Intercept = (call, work) => {
      if (call === this.held?.call) {
        const { until } = this.held;
        this.held = null;
        return until.then(work);
      }
      if (call === this.broken) throw new Error(`${call} is broken`);
      if (call === this.failingOnce) this.failingOnce = null;
      else if (!this.failing.has(call)) return work();
      throw new RetriableError(`${call} fails`);
    };
    const { log, tables } = this;
    this.thread = await openStreams(
      {
        applicationId: "app",
        generation: 1,
        topology: copyIntoTable(),
        log: new InterceptedLog(log, intercept),
        clock: { nowMs: () => this.nowMs },
        checkpoints: new InterceptedObjectStore(
          new MemoryObjectStore({ nowMs: () => this.nowMs }),
          intercept,
        ),
        openSpill: () => new MemorySpill(),
        openTable: (node, topic, partition) => tables.sink(node, topic, partition, intercept),
        onEvent: ({ kind }) => {
          if (kind === "commit-failed" || kind === "task-recovered") this.told.push(kind);
        },
        sliceMemoryMs: NEVER,
        fetchBytesMax: 1 << 20,
        commit: {
          closedMs: 0,
          intervalMs: commitIntervalMs,
          outputBytesMax: NEVER,
          tableBytesMax: NEVER,
          tableIntervalMs: TABLE_INTERVAL_MS,
        },
        retry: {
          taskAttemptsMax: 3,
          tableAttemptsMax,
          waitMs: WAIT_MS,
          waitMsMax: 4 * WAIT_MS,
          wait: async (ms) => {
            this.waits.push(ms);
            this.nowMs += ms;
          },
        },
      },
      { partitions, sourceRetention: "forever", sinkRetention: "forever" },
    );
  }

  async put(...values: string[]): Promise<void> {
    const producer = await this.log.producer("test");
    for (const value of values) {
      await producer.send(oneRow({ topic: "in" }, Buffer.from(value)));
    }
    await producer.commit();
  }

  /** Rounds until nothing is left to read. */
  async rounds(): Promise<void> {
    while (await this.thread.runOnce());
    // What commits beside the rounds is in memory: it is done after a turn of the event loop.
    await new Promise(setImmediate);
  }

  get inTable(): string[] {
    return this.tables.records("table").map(({ value }) => Buffer.from(value).toString());
  }
}

test("a table commits when its oldest row has waited for the interval, not before", async () => {
  const running = await Running.open();
  // A table that had nothing to do for long does not commit its first row at once and alone.
  running.nowMs = 10 * TABLE_INTERVAL_MS;
  await running.put("a");
  await running.rounds();
  running.nowMs += TABLE_INTERVAL_MS - 1;
  await running.put("b");
  await running.rounds();
  assert.deepEqual(running.inTable, []);
  running.nowMs += 1;
  await running.rounds();
  assert.deepEqual(running.inTable, ["a", "b"]);
  await running.put("c");
  running.nowMs += 1;
  await running.rounds();
  assert.deepEqual(running.inTable, ["a", "b"]);
  running.nowMs += TABLE_INTERVAL_MS;
  await running.rounds();
  assert.deepEqual(running.inTable, ["a", "b", "c"]);
});

test("a round in which a task only commits is not the last: its output is another's input", async () => {
  const running = await Running.open({ commitIntervalMs: 5 });
  await running.put("a");
  assert.equal(await running.thread.runOnce(), true);
  assert.equal(await running.thread.runOnce(), false);
  assert.equal(await copied(running), 0);
  running.nowMs += 5;
  assert.equal(await running.thread.runOnce(), true);
  assert.equal(await copied(running), 1);
});

test("the lag is what tasks and tables have not read", async () => {
  const running = await Running.open();
  assert.equal(await running.thread.lag(), 0);
  await running.put("a", "b");
  assert.equal(await running.thread.lag(), 2);
  await running.rounds();
  assert.equal(await running.thread.lag(), 0);
});

test("a run waits while there is nothing to read, and ends when it is told to", async () => {
  const running = await Running.open();
  const stop = new AbortController();
  let waits = 0;
  await running.put("a");
  await running.thread.run(stop.signal, async () => {
    waits++;
    if (waits === 1) await running.put("b");
    if (waits === 2) stop.abort();
  });
  assert.equal(waits, 2);
  assert.equal(await running.thread.lag(), 0);
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a", "b"]);
});

/** Rows of the copy that readers can see. */
async function copied({ log }: Running): Promise<number> {
  return (await log.bounds({ topic: "out", partition: 0 })).end;
}

for (const call of ["store.put", "producer.send", "producer.sendOffsets", "producer.commit"]) {
  test(`after a failure of ${call} a task waits longer each time, then does the work again`, async () => {
    const running = await Running.open();
    await running.put("a");
    running.failing = new Set([call]);
    await running.rounds();
    await running.rounds();
    running.nowMs += WAIT_MS;
    await running.rounds();
    assert.equal(await copied(running), 0);
    running.failing = new Set();
    running.nowMs += 2 * WAIT_MS - 1;
    await running.rounds();
    assert.equal(await copied(running), 0);
    running.nowMs += 1;
    await running.rounds();
    assert.equal(await copied(running), 1);
  });
}

test("a task whose recovery fails too is recovered when the log is back", async () => {
  const running = await Running.open();
  await running.put("a");
  // The outcome of the commit is unknown, and nobody can be asked.
  running.failing = new Set(["producer.commit", "log.producer", "log.committed"]);
  await running.rounds();
  running.nowMs += WAIT_MS;
  running.failing = new Set(["log.committed"]);
  await running.rounds();
  running.failing = new Set();
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a"]);
  assert.ok(running.waits.length > 0);
});

test("a task that fails again and again passes its failure on", async () => {
  const running = await Running.open();
  await running.put("a");
  running.failing = new Set(["store.put"]);
  await assert.rejects(running.thread.runUntilIdle(), /store.put fails/);
  assert.deepEqual(running.waits, [WAIT_MS, 2 * WAIT_MS]);
});

test("a table that is away for long is held back alone, and catches up by itself", async () => {
  const running = await Running.open({ tableAttemptsMax: NEVER });
  running.failing = new Set(["table.open", "table.commit"]);
  for (const value of ["a", "b", "c", "d", "e", "f"]) {
    await running.put(value);
    await running.rounds();
    running.nowMs += TABLE_INTERVAL_MS;
    await running.rounds();
  }
  assert.equal(await copied(running), 6);
  assert.ok((await running.thread.lag()) > 0, "the lag shows who is behind");
  // Nor does a stop wait for it.
  await running.thread.runUntilIdle();
  assert.deepEqual(running.waits, []);
  assert.deepEqual(running.inTable, []);
  running.failing = new Set();
  running.nowMs += 4 * WAIT_MS;
  await running.rounds();
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a", "b", "c", "d", "e", "f"]);
  assert.equal(await running.thread.lag(), 0);
});

test("a table that cannot be opened at the start does not keep the tasks from running", async () => {
  const running = new Running();
  running.failing = new Set(["table.open"]);
  await running.open({ tableAttemptsMax: NEVER });
  await running.put("a");
  await running.rounds();
  assert.equal(await copied(running), 1);
  running.failing = new Set();
  running.nowMs += WAIT_MS;
  await running.rounds();
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a"]);
});

test("who may try again by the time that others are waited for has its turn before the end", async () => {
  const running = await Running.open();
  await running.put("a");
  running.failing = new Set(["table.commit"]);
  await running.rounds();
  running.nowMs += TABLE_INTERVAL_MS;
  // The wait of the table is over as soon as its recovery is through, before anybody looks.
  await running.thread.runOnce();
  const { runToEnd } = running.thread;
  running.thread.runToEnd = async () => {
    await runToEnd.call(running.thread);
    running.failing = new Set();
    running.nowMs += 10 * WAIT_MS;
  };
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a"]);
});

test("who fails when all others are through has its turn before the end", async () => {
  const running = await Running.open();
  await running.put("a");
  running.failingOnce = "log.read";
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a"]);
  assert.deepEqual(running.waits, [WAIT_MS]);
});

test("what fails for good beside the rounds is not passed over at the end of a run", async () => {
  const running = await Running.open();
  await running.put("a");
  running.broken = "table.commit";
  await assert.rejects(running.thread.runUntilIdle(), /table.commit is broken/);
  await assert.rejects(running.thread.runUntilIdle(), /table.commit is broken/);
});

test("what reads the stores of a task has its turn after a round, and only of one at rest", async () => {
  const running = await Running.open();
  const { thread } = running;
  const names = (stores: ReadonlyMap<string, unknown>) => [...stores.keys()];
  const inOrder: string[] = [];
  const reading = thread.read("0_0", (stores) => {
    inOrder.push("read");
    return names(stores);
  });
  await new Promise(setImmediate);
  inOrder.push("round");
  await thread.runOnce();
  assert.deepEqual([await reading, inOrder], [[], ["round", "read"]]);

  const others = [thread.read("0_1", names), thread.read("1_0", names)];
  const broken = thread.read("0_0", () => {
    throw new RangeError("it cannot be read");
  });
  const refused = assert.rejects(broken, /it cannot be read/);
  await thread.runOnce();
  assert.deepEqual(await Promise.all(others), [null, null], "no such task, and a table");
  await refused;

  await running.put("a");
  running.failing = new Set(["producer.commit", "log.producer", "log.committed"]);
  await running.rounds();
  const unsound = thread.read("0_0", names);
  await thread.runOnce();
  assert.equal(await unsound, null, "nobody knows whether its last commit is through");
  running.nowMs += WAIT_MS;
  running.failing = new Set();
  await running.thread.runUntilIdle();
  const again = thread.read("0_0", names);
  await thread.runOnce();
  assert.deepEqual(await again, []);

  const many = Array.from({ length: 16 }, () => thread.read("0_0", names));
  await assert.rejects(thread.read("0_0", names), { name: "RetriableError" });
  await thread.runOnce();
  assert.deepEqual(await Promise.all(many), Array(16).fill([]));
});

test("who has failed for a moment and has nothing to do is well again, without a commit", async () => {
  const running = await Running.open();
  await running.put("a");
  await running.thread.runUntilIdle();
  running.failingOnce = "log.read";
  await running.rounds();
  assert.deepEqual(running.told, ["commit-failed"]);
  running.nowMs += 10 * WAIT_MS;
  await running.rounds();
  assert.deepEqual(running.told, ["commit-failed", "task-recovered"]);
  // Failures in a row begin anew: two more are not the last.
  for (let failures = 0; failures < 2; failures++) {
    running.failingOnce = "log.read";
    await running.rounds();
    running.nowMs += 10 * WAIT_MS;
  }
  await running.rounds();
  assert.deepEqual(running.inTable, ["a"]);
});

test("a table that cannot be written is not well before it has committed", async () => {
  const running = await Running.open({ tableAttemptsMax: NEVER });
  running.failing = new Set(["table.commit"]);
  await running.put("a");
  await running.rounds();
  for (let rounds = 0; rounds < 5; rounds++) {
    running.nowMs += TABLE_INTERVAL_MS;
    await running.rounds();
  }
  assert.ok(running.told.length >= 3);
  assert.deepEqual(new Set(running.told), new Set(["commit-failed"]));
  running.failing = new Set();
  running.nowMs += 2 * TABLE_INTERVAL_MS;
  await running.thread.runUntilIdle();
  assert.deepEqual(running.inTable, ["a"]);
});

test("while a task commits the others go on; what is asked about it waits until it is at rest", async () => {
  const running = await Running.open({ partitions: 2 });
  const { log, thread } = running;
  const { promise: until, resolve: letGo } = Promise.withResolvers<void>();
  running.held = { call: "producer.commit", until };
  await running.put("a");
  await running.rounds();
  const producer = await log.producer("other");
  await producer.send(oneRow({ topic: "in", partition: 1 }, Buffer.from("b")));
  await producer.commit();
  await running.rounds();
  const written = async (partition: number) => (await log.bounds({ topic: "out", partition })).end;
  assert.deepEqual([await written(0), await written(1)], [0, 1]);

  const told: string[] = [];
  void thread.read("0_0", () => told.push("state"));
  void thread.status().then(() => told.push("status"));
  await running.rounds();
  assert.deepEqual(told, []);
  const other = thread.read("0_1", () => "at rest");
  await running.rounds();
  assert.equal(await other, "at rest");
  letGo();
  await running.rounds();
  await running.rounds();
  assert.deepEqual(told, ["state", "status"]);
  assert.equal(await written(0), 1);
  await thread.runUntilIdle();
  assert.deepEqual(running.inTable.toSorted(), ["a", "b"]);
});
