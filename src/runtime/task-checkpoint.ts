import type { OffsetCommit } from "./ports.ts";
import type { OpenSlice, TrackerState } from "./slice-tracker.ts";

/** What a checkpoint holds beside the stores. */
export interface TaskMeta {
  readonly tracker: TrackerState;
  readonly counters: Readonly<Record<string, number>>;
  readonly sent: Readonly<Record<string, number>>;
}

/** Committed with the positions of a task that has begun and has no state yet. */
export const NO_CHECKPOINT = "none";

/** What a task has committed. */
export interface CommittedTask {
  readonly task: string;
  /** Positions of all inputs, each with the id of the checkpoint, or `NO_CHECKPOINT`. */
  readonly offsets: readonly OffsetCommit[];
  readonly checkpoint: string;
  /** What the state has of slices that are still open. */
  readonly openSlices: readonly OpenSlice[];
}
