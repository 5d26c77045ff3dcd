import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Serde } from "../../src/operators/serde.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { Intercept } from "../../src/testing/intercepted-log.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { valueDeserializer, valueSerializer } from "../../src/topology/value-serdes.ts";

const asItIs: Intercept = (_, work) => work();
const NEVER = Number.POSITIVE_INFINITY;
const TABLE_INTERVAL_MS = 1000;

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
  nowMs = 0;
  thread!: StreamThread;

  static async open(): Promise<Running> {
    const running = new Running();
    const { log, tables } = running;
    running.thread = await openStreams(
      {
        applicationId: "app",
        generation: 1,
        topology: copyIntoTable(),
        log,
        clock: { nowMs: () => running.nowMs },
        checkpoints: new MemoryObjectStore({ nowMs: () => running.nowMs }),
        openSpill: () => new MemorySpill(),
        openTable: (node, topic, partition) => tables.sink(node, topic, partition, asItIs),
        sliceMemoryMs: NEVER,
        fetchBytesMax: 1 << 20,
        commit: {
          closedMs: 0,
          intervalMs: 0,
          outputBytesMax: 0,
          tableBytesMax: NEVER,
          tableIntervalMs: TABLE_INTERVAL_MS,
        },
      },
      { partitions: 1, sourceRetention: "forever", sinkRetention: "forever" },
    );
    return running;
  }

  async put(...values: string[]): Promise<void> {
    const producer = await this.log.producer("test");
    for (const value of values) {
      await producer.send({
        topic: "in",
        partition: 0,
        length: 1,
        bytes: Buffer.from(value),
        starts: Int32Array.of(0),
        ends: Int32Array.of(value.length),
        keys: null,
        timestampsMs: Float64Array.of(0),
        ordinals: null,
        headers: {},
        control: null,
      });
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
