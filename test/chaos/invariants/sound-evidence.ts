import type { Evidence, SeenManifest } from "../evidence.ts";
import type { GroupCommit } from "../world/group-commits.ts";
import type { LoggedBatch, PartitionContents } from "../world/partition-contents.ts";

const INPUTS = ["a-0", "b-0"];

export const commitOf = (epoch: number, offset: number, metadata: string): GroupCommit => ({
  producerId: 7,
  epoch,
  outcome: "committed",
  timeMs: 0,
  positions: new Map(INPUTS.map((name) => [name, { offset, metadata }])),
});

export const manifestOf = (sequence: number, streamTimeMs: number): SeenManifest => ({
  task: "0_0",
  id: `${sequence}-cafe`,
  sequence,
  streamTimeMs,
  counters: { "dead-letters": 2 },
  isWhole: true,
});

export const batchOf = (epoch: number, offset: number): LoggedBatch => ({
  producerId: 7,
  epoch,
  transaction: 0,
  outcome: "committed",
  timeMs: 0,
  records: [{ offset, key: null, value: null }],
});

export const partitionOf = (topic: string, batches: readonly LoggedBatch[]): PartitionContents => ({
  ...{ topic, partition: 0, start: 0 },
  ...{ highWatermark: 20, stableEnd: 20, batches },
});

/** A run of one task in which everything holds: two owners, two checkpoints, two dead letters. */
export function soundEvidence(): Evidence {
  const holds = ["store s segment 1: 3 keys abc"];
  return {
    tasks: [{ id: "0_0", inputs: INPUTS }],
    topics: ["a", "b", "out"].map((name) => partitionOf(name, [batchOf(0, 3), batchOf(1, 9)])),
    commits: [commitOf(0, 0, "none"), commitOf(0, 10, "1-cafe"), commitOf(1, 20, "2-cafe")],
    manifests: [manifestOf(1, 1000), manifestOf(2, 2000)],
    restored: [{ task: "0_0", id: "2-cafe", problem: null, holds }],
    recomputed: [{ task: "0_0", id: "recomputed", problem: null, holds }],
    comparisons: ["bronze", "oracle", "topics"].map((what) => ({
      ...{ what, equal: true, differences: [] },
    })),
    doubled: [],
    auditFindings: [],
    expectedDrops: { "dead-letters": 2 },
    deadLetters: { topic: 2, table: 2 },
    recovery: { runningS: 3, lagZeroS: 4, secondsMax: 10 },
    samples: [{ replica: "replica-1", rssBytes: 200 << 20, handles: 60 }],
    diskBytes: 1000,
    checkpointObjects: new Map([["0_0", 12]]),
    loads: ["x", "x"],
    outputs: ["y"],
  };
}
