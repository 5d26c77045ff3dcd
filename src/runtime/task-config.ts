import type { Clock } from "../record/clock.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Spill } from "../state/slab.ts";
import type { Topology } from "../topology/topology.ts";
import type { GroupEvent } from "./group.ts";
import type { InputDone } from "./input-work.ts";
import type { Log, RecordSink } from "./ports.ts";
import type { TableDone } from "./table-work.ts";
import type { Counted } from "./task-counters.ts";
import type { ThreadState } from "./thread-state.ts";

/** Everything outside a topology that its tasks need. */
export interface RuntimeConfig {
  /** Names the consumer group, the producers and the checkpoints. */
  readonly applicationId: string;
  /** Raised by a reset or a backfill: own state, own positions, newer revisions. */
  readonly generation: number;
  /** The generation in which the state began; 1 unless there was a reset. */
  readonly stateSince?: number;
  readonly topology: Topology;
  readonly log: Log;
  readonly clock: Clock;
  /** Where checkpoints live. */
  readonly checkpoints: ObjectStore;
  /** Where a store's cold segments go: `name` is unique per task and store. */
  readonly openSpill: (name: string) => Spill;
  /** Opens the table behind a table node, for one partition of its topic. */
  readonly openTable: (node: string, topic: string, partition: number) => RecordSink;
  /** How long closed slices are remembered, in stream time; at least the longest retention. */
  readonly sliceMemoryMs: number;
  /** Bytes asked of the log at once. */
  readonly fetchBytesMax: number;
  readonly commit: CommitPolicy;
  readonly retry: RetryPolicy;
  /** Takes what an operator of the application should read. */
  readonly onEvent?: (event: RuntimeEvent) => void;
}

/** When a task commits: whatever comes first. */
export interface CommitPolicy {
  /** This long after the last commit, if a slice has closed since. */
  readonly closedMs: number;
  /** This long after the last commit, if anything has happened since. */
  readonly intervalMs: number;
  /** As soon as this many bytes of output wait. */
  readonly outputBytesMax: number;
  /** A table commits when this many bytes wait, */
  readonly tableBytesMax: number;
  /** or when something that was read has waited this long. */
  readonly tableIntervalMs: number;
}

/** What happens when the world fails for now: who has failed is left alone for longer each time. */
export interface RetryPolicy {
  /** Failures in a row of a task after which the failure is passed on. */
  readonly taskAttemptsMax: number;
  /** The same of a table. Infinity: it is held back alone, as long as it takes. */
  readonly tableAttemptsMax: number;
  /** After the first failure; doubled after each that follows, */
  readonly waitMs: number;
  /** up to this. */
  readonly waitMsMax: number;
  readonly wait: (ms: number) => Promise<void>;
}

/** A commit of a task that is through. */
export interface TaskCommit {
  readonly task: string;
  /** From its first step to the end of the transaction. */
  readonly durationMs: number;
  /** Of that, the checkpoint, and what was stored for it. */
  readonly checkpointMs: number;
  readonly checkpointBytes: number;
  readonly counted: Counted;
  /** What was processed, by source. */
  readonly inputs: Readonly<Record<string, InputDone>>;
}

export type RuntimeEvent =
  | ({ readonly kind: "task-committed" } & TaskCommit)
  | ({
      readonly kind: "table-committed";
      readonly task: string;
      readonly durationMs: number;
      /** Of the records that it took. */
      readonly bytes: number;
    } & TableDone)
  /** Of a task: aborted, or it is not known whether it has committed. */
  | {
      readonly kind: "transaction-failed";
      readonly task: string;
      readonly result: "aborted" | "unknown";
    }
  | {
      readonly kind: "slice-closed";
      readonly task: string;
      readonly sliceMs: number;
      readonly attempt: number;
      /** When the task began to close it. */
      readonly startMs: number;
    }
  | {
      readonly kind: "task-state";
      readonly task: string;
      readonly from: string;
      readonly to: string;
    }
  | {
      readonly kind: "commit-failed";
      readonly task: string;
      readonly cause: unknown;
      /** What it was at; null: nobody knows. */
      readonly sliceMs: number | null;
    }
  /** One that has failed has had its turn again, and nothing is left that it would have to commit. */
  | { readonly kind: "task-recovered"; readonly task: string }
  /** At the start: rows of `topic` are not where their keys belong, and go through `through`. */
  | { readonly kind: "re-keys"; readonly topic: string; readonly through: string }
  | { readonly kind: "task-migrated"; readonly task: string; readonly cause: unknown }
  | { readonly kind: "thread-state"; readonly from: ThreadState; readonly to: ThreadState }
  | { readonly kind: "group"; readonly event: GroupEvent };
