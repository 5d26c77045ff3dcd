import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../src/record/errors.ts";
import type { Log, RecordSink } from "../../src/runtime/ports.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { Intercept } from "../../src/testing/intercepted-log.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { forwarding } from "../ingest/published.ts";
import { oneRow } from "../sources/log-records.ts";

const NEVER = Number.POSITIVE_INFINITY;
const clock = { nowMs: () => 0 };
const topology = new TopologyBuilder().table("lake", "in").build();

/** A thread that only feeds the table, and commits it after every record. */
const openThread = (log: Log, openTable: () => RecordSink) =>
  openStreams(
    {
      applicationId: "app",
      generation: 1,
      topology,
      log,
      clock,
      checkpoints: new MemoryObjectStore(clock),
      openSpill: () => new MemorySpill(),
      openTable,
      sliceMemoryMs: NEVER,
      fetchBytesMax: 1,
      commit: {
        closedMs: NEVER,
        intervalMs: NEVER,
        outputBytesMax: NEVER,
        tableBytesMax: 1,
        tableIntervalMs: NEVER,
      },
      retry: {
        taskAttemptsMax: 1,
        tableAttemptsMax: 1,
        waitMs: 1,
        waitMsMax: 1,
        wait: () => Promise.resolve(),
      },
    },
    { partitions: 1, sourceRetention: "forever", sinkRetention: "forever" },
  );

async function logOf(...values: readonly string[]): Promise<MemoryLog> {
  const log = new MemoryLog();
  await log.createTopics([{ name: "in", partitions: 1, retention: "forever" }]);
  const producer = await log.producer("test");
  for (const value of values) {
    await producer.send(oneRow({ topic: "in" }, Buffer.from(value), { timestampMs: 1 }));
    await producer.commit();
  }
  return log;
}

test("the end is reached only when tables that were committing have read to it too", async () => {
  const log = await logOf("one", "two", "three");
  const tables = new MemoryTables();
  const slow: Intercept = async (_, work) => {
    await new Promise(setImmediate);
    return await work();
  };
  const thread = await openThread(log, () => tables.sink("lake", "in", 0, slow));
  await thread.runToEnd();
  const values = tables.records("lake").map(({ value }) => Buffer.from(value).toString());
  assert.deepEqual(values, ["one", "two", "three"]);
});

test("a table does not go on where the log no longer has what comes next", async () => {
  const log = await logOf("one");
  const cleaned = { ...forwarding(log), bounds: async () => ({ start: 5, end: 9 }) };
  const at = (position: number | null) => (): RecordSink => ({
    open: async () => position,
    write: () => 0,
    bufferedBytes: 0,
    commit: async () => {},
  });
  const refused = (what: RegExp) => (error: Error) =>
    error instanceof ConfigError && what.test(error.message);
  await assert.rejects(openThread(cleaned, at(null)), refused(/lake is new, .* at offset 5/));
  await assert.rejects(openThread(cleaned, at(4)), refused(/only come to offset 4, .* offset 5/));
  await openThread(cleaned, at(5));
});
