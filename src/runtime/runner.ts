import type { RunnerStatus } from "./runner-status.ts";

/** What a stream thread runs: a task, or what feeds a table from one partition of a topic. */
export interface Runner {
  /** Sub-topology and partition, as in `0_3`. */
  readonly id: string;
  /** A table outside the log. */
  readonly isTable: boolean;
  /** Takes it over from whoever had it. */
  open(): Promise<void>;
  /** Processes the next batch there is; false when there is none. */
  step(): Promise<boolean>;
  readonly wantsCommit: boolean;
  /** Whether there is anything to commit. */
  readonly isDirty: boolean;
  commit(): Promise<void>;
  /** The newest slice of what it has read and not committed; null: there is none. */
  readonly sliceMs: number | null;
  /** Back to the last commit, after a failure; may be called again if it fails itself. */
  recover(cause: unknown): Promise<void>;
  /** Records that have not been read. */
  lag(): Promise<number>;
  /** Takes stock for `status`, which else is as old as the last look; reads, and processes nothing. */
  look(): Promise<void>;
  readonly status: RunnerStatus;
  /** Leaves without committing. */
  close(): void;
}
