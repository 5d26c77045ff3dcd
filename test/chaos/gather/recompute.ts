import type { Records } from "../../../src/record/record-batch.ts";
import type { Log, RecordSink } from "../../../src/runtime/ports.ts";
import { openStreams } from "../../../src/runtime/streams.ts";
import type { Task } from "../../../src/runtime/task.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../../src/silver/silver-topology.ts";
import { MemoryLog } from "../../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";
import { MemorySpill } from "../../../src/testing/memory-spill.ts";
import type { RestoredCheckpoint } from "../evidence.ts";
import { GENERATION } from "../first-generation.ts";
import { stateLines } from "./state-lines.ts";

const clock = { nowMs: () => Date.now() };
const MIB = 1 << 20;
const topology = silverTopology({ ...SILVER_DEFAULTS, mart: false, bronze: false });

/**
 * What one process, undisturbed, makes of the raw topics of `log`: the state of each task that has
 * any. Its log is in memory, and nothing it does is seen by anybody.
 */
export async function recompute(log: Log, partitions: number): Promise<RestoredCheckpoint[]> {
  const memory = new MemoryLog();
  for (const topic of rawTopics()) {
    await memory.createTopics([{ name: topic, partitions, retention: "forever" }]);
    for (let partition = 0; partition < partitions; partition++) {
      await copy(log, memory, { topic, partition });
    }
  }
  const checkpoints = new MemoryObjectStore(clock);
  const thread = await openStreams(configOf(memory, checkpoints), {
    partitions,
    sourceRetention: "forever",
    sinkRetention: "forever",
  });
  await thread.runUntilIdle();
  const states = thread.tasks.map((task) => ({
    task: task.id,
    id: "recomputed",
    problem: null,
    holds: linesOf(task),
  }));
  thread.close();
  return states;
}

/** What tasks read and others write. */
function rawTopics(): string[] {
  const nodes = topology.subTopologies.flatMap((sub) => sub.nodes);
  const read = nodes.flatMap((node) => (node.kind === "source" ? [node.topic] : []));
  return read.filter((topic) => !topology.repartitionTopics.includes(topic));
}

const linesOf = (task: Task): string[] =>
  stateLines(task.storeList, { counters: task.counts, streamTimeMs: task.streamTimeMs });

async function copy(
  from: Log,
  to: Log,
  at: { readonly topic: string; readonly partition: number },
): Promise<void> {
  const producer = await to.producer("copy");
  const { start } = await from.bounds(at);
  for (let next = start; ; ) {
    const batch = await from.read(at, next, MIB);
    if (batch === null) return await producer.commit();
    next = batch.nextOffset;
    if (batch.length > 0 || batch.control !== null) await producer.send(batch as Records);
  }
}

function configOf(log: Log, checkpoints: MemoryObjectStore) {
  return {
    applicationId: "recomputed",
    generation: GENERATION,
    topology,
    log,
    clock,
    checkpoints,
    openSpill: () => new MemorySpill(),
    openTable: (_node: string, topic: string, partition: number) =>
      toNowhere(log, topic, partition),
    sliceMemoryMs: 2 * SILVER_DEFAULTS.eventRetentionMs,
    fetchBytesMax: MIB,
    commit: {
      closedMs: 0,
      intervalMs: 1000,
      outputBytesMax: 64 * MIB,
      tableBytesMax: MIB,
      tableIntervalMs: 1000,
    },
    retry: {
      taskAttemptsMax: 1,
      tableAttemptsMax: 1,
      waitMs: 1,
      waitMsMax: 1,
      wait: async () => {},
    },
  };
}

/** A table of which nobody wants to know anything. */
function toNowhere(log: Log, topic: string, partition: number): RecordSink {
  return {
    open: async () => (await log.bounds({ topic, partition })).end,
    write: () => 0,
    bufferedBytes: 0,
    commit: async () => {},
  };
}
