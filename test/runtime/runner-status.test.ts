import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Serde } from "../../src/operators/serde.ts";
import { RetriableError } from "../../src/record/errors.ts";
import type { SliceEnd } from "../../src/record/slice-end.ts";
import type { RunnerStatus } from "../../src/runtime/runner-status.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import type { RuntimeEvent } from "../../src/runtime/task-config.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { type Intercept, InterceptedLog } from "../../src/testing/intercepted-log.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { valueDeserializer, valueSerializer } from "../../src/topology/value-serdes.ts";
import { oneRow } from "../sources/log-records.ts";

const NEVER = Number.POSITIVE_INFINITY;

/** Counts rows of "in" into topic "out", which feeds a table. */
function counted() {
  const builder = new TopologyBuilder();
  builder
    .source("in", {
      topic: "in",
      deserialize: valueDeserializer(utf8Serde),
      completeness: { markers: ["in"] },
    })
    .via("count", (context) => (source) => {
      context.count("opened", 1);
      return source;
    })
    .to("copy", { topic: "out", serialize: valueSerializer(utf8Serde) });
  return builder.table("table", "out").build();
}

class Running {
  readonly log = new MemoryLog();
  readonly tables = new MemoryTables();
  readonly events: RuntimeEvent[] = [];
  nowMs = 10_000;
  /** How many more commits of the log go through, and answer with a failure all the same. */
  lostAnswers = 0;
  /** The call that fails the next time. */
  failing: string | null = null;
  thread!: StreamThread;

  static async open(): Promise<Running> {
    const running = new Running();
    const clock = { nowMs: () => running.nowMs };
    const intercept: Intercept = async (call, work) => {
      if (call === running.failing) {
        running.failing = null;
        throw new RetriableError(`${call} failed`);
      }
      if (call === "producer.commit") running.nowMs += 7;
      const result = await work();
      if (call !== "producer.commit" || running.lostAnswers === 0) return result;
      running.lostAnswers--;
      throw new RetriableError("the answer was lost");
    };
    running.thread = await openStreams(
      {
        applicationId: "app",
        generation: 1,
        topology: counted(),
        log: new InterceptedLog(running.log, intercept),
        clock,
        checkpoints: new MemoryObjectStore(clock),
        openSpill: () => new MemorySpill(),
        openTable: (node, topic, partition) =>
          running.tables.sink(node, topic, partition, (_call, work) => work()),
        sliceMemoryMs: NEVER,
        fetchBytesMax: 1,
        commit: {
          closedMs: 0,
          intervalMs: 1000,
          outputBytesMax: NEVER,
          tableBytesMax: NEVER,
          tableIntervalMs: 1000,
        },
        retry: {
          taskAttemptsMax: 3,
          tableAttemptsMax: 3,
          waitMs: 1,
          waitMsMax: 1,
          wait: async (ms) => {
            running.nowMs += ms;
          },
        },
        onEvent: (event) => running.events.push(event),
      },
      { partitions: 1, sourceRetention: "forever", sinkRetention: "forever" },
    );
    return running;
  }

  /** Publishes a row of this time, and perhaps the end of a slice. */
  async publish(timeMs: number, control: SliceEnd | null = null): Promise<void> {
    const producer = await this.log.producer("test");
    await producer.send(
      oneRow({ topic: "in" }, Buffer.from("row"), { timestampMs: timeMs, control }),
    );
    await producer.commit();
  }

  /** What commits beside the round is in memory: it is done after a turn of the event loop. */
  async round(): Promise<void> {
    await this.thread.runOnce();
    await new Promise(setImmediate);
  }

  /** How a task or table stands after one round; one more where it commits in that. */
  async status(id: string) {
    let told: readonly RunnerStatus[] = [];
    void this.thread.status().then((status) => {
      told = status;
    });
    for (let rounds = 0; told.length === 0 && rounds < 2; rounds++) await this.round();
    return told.find((one) => one.id === id)!;
  }

  /** Of those that have failed, how. */
  get transactions(): readonly string[] {
    return this.events.flatMap((event) =>
      event.kind === "transaction-failed" ? [event.result] : [],
    );
  }

  committed<K extends "task-committed" | "table-committed">(kind: K) {
    return this.events.filter(
      (event): event is Extract<RuntimeEvent, { kind: K }> => event.kind === kind,
    );
  }
}

const end = (sliceMs: number, attempt = 1): SliceEnd => ({
  ...{ sliceMs, attempt, from: "in", rows: 1, missing: [] },
});

test("a task tells the time of the oldest record that it has not processed, and how many wait", async () => {
  const running = await Running.open();
  for (const timeMs of [1000, 2000, 3000]) await running.publish(timeMs);
  const seen: (number | null)[][] = [];
  for (let round = 0; round < 4; round++) {
    const [input] = (await running.status("0_0")).inputs;
    seen.push([input!.position, input!.end, input!.oldestMs]);
  }
  assert.deepEqual(seen, [
    [1, 3, 2000],
    [2, 3, 3000],
    [3, 3, null],
    [3, 3, null],
  ]);
});

test("to be asked how it stands makes no difference to a task", async () => {
  const outputs = await Promise.all(
    [true, false].map(async (isAsked) => {
      const running = await Running.open();
      for (const timeMs of [1000, 2000]) await running.publish(timeMs, end(timeMs));
      for (let round = 0; round < 5; round++) {
        if (isAsked) await running.status("0_0");
        else await running.round();
      }
      await running.thread.runUntilIdle();
      return running.tables.records("table").map(({ value }) => Buffer.from(value).toString());
    }),
  );
  assert.equal(outputs[0]!.length, 2);
  assert.deepEqual(outputs[0], outputs[1]);
});

test("a table tells its lag as a task does", async () => {
  const running = await Running.open();
  // Both are in one commit, and a round reads one of them.
  await running.publish(1000);
  await running.publish(2000, end(2000));
  // What the task reads is there for the table when it has been committed.
  await running.round();
  await running.round();
  const [input] = (await running.status("1_0")).inputs;
  assert.equal(input!.node, "table");
  assert.deepEqual([input!.position, input!.oldestMs], [1, 2000]);
});

test("the watermark of a source is the newest slice that has ended in it", async () => {
  const running = await Running.open();
  await running.publish(1000);
  assert.equal((await running.status("0_0")).inputs[0]!.watermarkMs, null);
  await running.publish(1000, end(1000));
  const { inputs, streamTimeMs } = await running.status("0_0");
  assert.deepEqual([inputs[0]!.watermarkMs, streamTimeMs], [1000, 1000]);
});

test("a commit is told once, with what it took and what it has counted", async () => {
  const running = await Running.open();
  await running.publish(1000, end(1000));
  await running.thread.runUntilIdle();
  const [commit, ...others] = running.committed("task-committed");
  assert.deepEqual(others, []);
  const { task, durationMs, checkpointBytes, counted: counts, inputs } = commit!;
  const audits = { ok: 0, differs: 0 };
  assert.deepEqual([task, durationMs], ["0_0", 7]);
  assert.deepEqual(inputs, { in: { records: 1, lateMs: [0], audits } });
  assert.deepEqual(counts, { net: { opened: 1 }, added: { opened: 1 } });
  assert.ok(checkpointBytes > 0);
  const [table] = running.committed("table-committed");
  assert.deepEqual([table!.task, table!.records, table!.rows], ["1_0", 1, 1]);
});

test("a commit whose answer was lost is told when the log turns out to have it", async () => {
  const running = await Running.open();
  await running.publish(1000, end(1000));
  running.lostAnswers = 1;
  await running.thread.runUntilIdle();
  const records = running.committed("task-committed").map(({ inputs }) => inputs["in"]!.records);
  assert.deepEqual(records, [1]);
  assert.deepEqual(running.transactions, ["unknown"]);
});

test("a transaction that fails before it is asked to commit is aborted, and one without is none", async () => {
  const running = await Running.open();
  await running.publish(1000, end(1000));
  running.failing = "producer.send";
  await running.thread.runUntilIdle();
  assert.deepEqual(running.transactions, ["aborted"]);
  await running.publish(2000, end(2000));
  running.failing = "log.read";
  await running.thread.runUntilIdle();
  assert.deepEqual(running.transactions, ["aborted"]);
  assert.equal(running.committed("task-committed").length, 2);
});

test("a slice that is re-opened does not count for how fresh a table is", async () => {
  const running = await Running.open();
  await running.publish(1000, end(1000));
  await running.publish(1000, end(1000, 2));
  await running.thread.runUntilIdle();
  const ended = running.committed("table-committed").flatMap((commit) => commit.ended);
  assert.deepEqual(ended, [{ sliceMs: 1000, rows: 1 }]);
});
