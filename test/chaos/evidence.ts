import type { GroupCommit } from "./world/group-commits.ts";
import type { PartitionContents } from "./world/partition-contents.ts";

/** A task of the topology, with the partitions it reads. */
export interface KnownTask {
  readonly id: string;
  /** Names of partitions. */
  readonly inputs: readonly string[];
}

/** A manifest of a checkpoint, as it was put into the store. */
export interface SeenManifest {
  readonly task: string;
  readonly id: string;
  readonly sequence: number;
  readonly streamTimeMs: number;
  readonly counters: Readonly<Record<string, number>>;
  /** The CRC in its id is that of its bytes. */
  readonly isWhole: boolean;
}

/** What became of the checkpoint that the positions of a task name in the end. */
export interface RestoredCheckpoint {
  readonly task: string;
  readonly id: string;
  /** Why it cannot be loaded. */
  readonly problem: string | null;
  /** What it holds, in lines that two equal states share; empty where it cannot be loaded. */
  readonly holds: readonly string[];
}

/** What a process took up at some moment. */
export interface ResourceSample {
  readonly replica: string;
  readonly rssBytes: number;
  readonly handles: number;
}

/** Rows of a table, held against something else by readers that are not ours. */
export interface Comparison {
  readonly what: string;
  readonly equal: boolean;
  /** The first few. */
  readonly differences: readonly string[];
}

/** A key that is there more than once with the same generation and revision. */
export interface DoubledRow {
  /** `kafka` or `delta`, and the table. */
  readonly where: string;
  readonly key: string;
  readonly times: number;
}

/** How long it took after the last fault; null: it has not come to it in time. */
export interface Recovery {
  readonly runningS: number | null;
  readonly lagZeroS: number | null;
  readonly secondsMax: number;
}

/** Everything that is known of a run once it has ended: what invariants are checked on. */
export interface Evidence {
  readonly tasks: readonly KnownTask[];
  /** Topics of the application, not the brokers' own. */
  readonly topics: readonly PartitionContents[];
  readonly commits: readonly GroupCommit[];
  readonly manifests: readonly SeenManifest[];
  readonly restored: readonly RestoredCheckpoint[];
  /** What a single process, undisturbed, holds after the same topics. */
  readonly recomputed: readonly RestoredCheckpoint[];
  /** Bronze with what was published, the tables with the oracle, the topics, and the mart if kept. */
  readonly comparisons: readonly Comparison[];
  readonly doubled: readonly DoubledRow[];
  /** What an audit of the tables finds. */
  readonly auditFindings: readonly string[];
  /** Rows that must be dropped or refused, by the batch join: reason → rows. */
  readonly expectedDrops: Readonly<Record<string, number>>;
  /** Rows of dead letters in the topic and in the table. */
  readonly deadLetters: { readonly topic: number; readonly table: number };
  readonly recovery: Recovery;
  readonly samples: readonly ResourceSample[];
  readonly diskBytes: number;
  /** Objects in the checkpoint store, by task. */
  readonly checkpointObjects: ReadonlyMap<string, number>;
  /** Digests of the load, made twice from its seed. */
  readonly loads: readonly string[];
  /** Digests of the tables' newest rows: of this run, and of others of the same load before it. */
  readonly outputs: readonly string[];
}
