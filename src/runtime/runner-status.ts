import { END_OF_STREAM } from "../record/slice-end.ts";
import type { Store } from "../state/store.ts";
import type { TableFiles } from "./ports.ts";
import type { TaskState } from "./task-state.ts";

/** How the slices of a partition that is read stand. All that a runner says of itself is plain data. */
export interface InputSlices {
  /** The newest slice that has ended in it; null: none, or it leads to a table. */
  readonly watermarkMs: number | null;
  /** The oldest slice that has begun in the task and waits for its end here; null: none. */
  readonly oldestOpenMs: number | null;
  /** Silent for so long, where event times decide, that nobody waits for it. */
  readonly isIdle: boolean;
}

/** How one partition that is read stands. */
export interface InputStatus extends InputSlices {
  /** The source or table of the topology. */
  readonly node: string;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to process. */
  readonly position: number;
  /** The offset after the last record that can be read. */
  readonly end: number;
  /** The first offset that was there when the log was asked last; null: it never was. */
  readonly start: number | null;
  /**
   * Time of the oldest record that has not been processed; null: there is none, or it has no time.
   */
  readonly oldestMs: number | null;
}

export interface StoreStatus {
  readonly name: string;
  readonly entries: number;
  /** In memory and on disk; and in memory. */
  readonly bytes: number;
  readonly residentBytes: number;
}

/** How a task or table stands: of what it was asked last when it had time. */
export interface RunnerStatus {
  /** Sub-topology and partition, as in `0_3`. */
  readonly id: string;
  readonly isTable: boolean;
  readonly state: TaskState;
  readonly inputs: readonly InputStatus[];
  /** The newest slice closed; null: none. */
  readonly streamTimeMs: number | null;
  readonly stores: readonly StoreStatus[];
  /** Totals of its counters, of those before it in the same state too. */
  readonly counts: Readonly<Record<string, number>>;
  /** Of its state, what is still to be fetched. */
  readonly restoreLeftBytes: number;
  /** null: it is no table, or not one of files. */
  readonly files: TableFiles | null;
}

export const storeStatus = ({ name, entries, bytes, residentBytes }: Store): StoreStatus => ({
  ...{ name, entries, bytes, residentBytes },
});

/** What has no time of its own is null: that there is no slice, or that none will follow. */
export const sliceOrNull = (sliceMs: number): number | null =>
  Math.abs(sliceMs) < END_OF_STREAM - 1 ? sliceMs : null;
