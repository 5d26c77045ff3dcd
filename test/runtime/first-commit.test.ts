import assert from "node:assert/strict";
import { test } from "node:test";
import { utf8Serde } from "../../src/operators/serde.ts";
import { Task } from "../../src/runtime/task.ts";
import type { RuntimeConfig } from "../../src/runtime/task-config.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import { type Intercept, InterceptedLog } from "../../src/testing/intercepted-log.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import { MemoryTables } from "../../src/testing/memory-table.ts";
import { TopologyBuilder } from "../../src/topology/topology-builder.ts";
import { valueDeserializer, valueSerializer } from "../../src/topology/value-serdes.ts";
import { oneRow } from "../sources/log-records.ts";

const builder = new TopologyBuilder();
builder
  .source("in", {
    topic: "in",
    deserialize: valueDeserializer(utf8Serde),
    completeness: { markers: ["in"] },
  })
  .to("out", { topic: "out", serialize: valueSerializer(utf8Serde) });
const topology = builder.build();

const NEVER = Number.POSITIVE_INFINITY;
const clock = { nowMs: () => 0 };
const asItIs: Intercept = (_, work) => work();

function makeTask(log: MemoryLog, checkpoints: MemoryObjectStore, intercept: Intercept): Task {
  const config: RuntimeConfig = {
    applicationId: "app",
    generation: 1,
    topology,
    log: new InterceptedLog(log, intercept),
    clock,
    checkpoints,
    openSpill: () => new MemorySpill(),
    openTable: (node, topic, partition) => new MemoryTables().sink(node, topic, partition, asItIs),
    sliceMemoryMs: NEVER,
    fetchBytesMax: 1 << 20,
    commit: {
      closedMs: 0,
      intervalMs: 0,
      outputBytesMax: 0,
      tableBytesMax: NEVER,
      tableIntervalMs: NEVER,
    },
    retry: {
      taskAttemptsMax: 1,
      tableAttemptsMax: 1,
      waitMs: 1,
      waitMsMax: 1,
      wait: () => Promise.resolve(),
    },
  };
  return new Task(config, topology.subTopologies[0]!, 0, new Map([["out", 1]]), () => []);
}

async function worldWithOneRow(): Promise<{ log: MemoryLog; checkpoints: MemoryObjectStore }> {
  const log = new MemoryLog();
  const topics = ["in", "out"].map((name) => ({ name, partitions: 1 }));
  await log.createTopics(topics.map((topic) => ({ ...topic, retention: "forever" as const })));
  const producer = await log.producer("test");
  await producer.send(oneRow({ topic: "in" }, Buffer.from("row"), { timestampMs: 1 }));
  await producer.commit();
  return { log, checkpoints: new MemoryObjectStore(clock) };
}

test("a task whose first commit was interrupted begins again, and sends its output once", async () => {
  const { log, checkpoints } = await worldWithOneRow();
  const dying: Intercept = async (call, work) => {
    if (call === "producer.send") throw new Error("the process died");
    return await work();
  };
  const first = makeTask(log, checkpoints, dying);
  await first.open();
  await first.step();
  await assert.rejects(first.commit(), /died/);
  assert.equal((await checkpoints.list("app/1/0_0/manifests/")).length, 1);

  const second = makeTask(log, checkpoints, asItIs);
  await second.open();
  await second.step();
  await second.commit();
  assert.deepEqual(await log.bounds({ topic: "out", partition: 0 }), { start: 0, end: 1 });
});

test("a task that finds checkpoints and no offsets refuses to begin from nothing", async () => {
  const { log, checkpoints } = await worldWithOneRow();
  const first = makeTask(log, checkpoints, asItIs);
  await first.open();
  await first.step();
  await first.commit();
  const { log: another } = await worldWithOneRow();
  await assert.rejects(makeTask(another, checkpoints, asItIs).open(), {
    name: "ConfigError",
    message: /has checkpoints but no committed offsets/,
  });
});
