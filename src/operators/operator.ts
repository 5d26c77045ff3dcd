import type { Observable, OperatorFunction } from "rxjs";
import type { Clock } from "../record/clock.ts";
import type { RecordBatch } from "../record/record-batch.ts";
import type { Store } from "../state/store.ts";
import type { Batch } from "./batch.ts";

/** A slice is closed for a task: every input has promised that nothing more of this attempt comes. */
export interface SliceClose {
  readonly sliceMs: number;
  readonly attempt: number;
  /** Feeds that have not been published in this slice so far. */
  readonly missing: readonly string[];
  /** The task's stream time after this close: the newest slice closed. Never goes back. */
  readonly streamTimeMs: number;
}

/** What a task knows of slices. */
export interface SliceView {
  /** The newest slice closed, -Infinity before the first. */
  readonly streamTimeMs: number;
  /** The oldest slice closed, Infinity before the first. */
  readonly startMs: number;
  /** Whether a slice has been closed with this feed in it. */
  isClosed(sliceMs: number, feed: string): boolean;
}

/** A row that cannot be used, with the reason. */
export interface DeadLetter {
  readonly records: RecordBatch;
  readonly row: number;
  /** What it is and what was found, as `bad_number: goldstein_scale "x"`; of the former are few. */
  readonly reason: string;
}

/**
 * What a running operator may use. Everything it has to remember lies in its stores: after an
 * aborted commit they are rolled back, and the operator itself is made anew.
 */
export interface OperatorContext {
  /** `<sub-topology>_<partition>`. */
  readonly task: string;
  readonly partition: number;
  /** Distinguishes a reset or backfill from what ran before; part of every revision. */
  readonly generation: number;
  /** The generation in which the state began: what came before is known to earlier ones only. */
  readonly stateSince: number;
  readonly clock: Clock;
  readonly slices: SliceView;
  /** Emits at each close, after the operators upstream have emitted what they had for it. */
  readonly closes: Observable<SliceClose>;
  /** A store that the node was declared with. */
  store<S extends Store>(name: string): S;
  /** How many partitions a topic of the topology has. */
  partitions(topic: string): number;
  deadLetter(letter: DeadLetter): void;
  /** Adds to a counter of the task, which is checkpointed with its state. */
  count(counter: string, by: number): void;
}

/** What `build()` has to know of a step, to see that rows of one key meet in one task. */
export interface KeyUse {
  /** `changes`: rows leave under other keys. `groups`: rows of one key must be in one partition. */
  readonly keys?: "changes" | "groups" | undefined;
}

/** Stores by their names. */
export type StoresOf = <S extends Store>(name: string) => S;

/** What a step with stores has to say where the number of partitions is to be changed. */
export interface StateUse {
  /**
   * Shares out the state of a task: what belongs to a key goes to the task of the partition where
   * its rows will be, `to[partition]`. Called for one old task after another, at a moment when no
   * slice is open.
   */
  readonly split?: ((from: StoresOf, to: readonly StoresOf[]) => void) | undefined;
}

/** A description of one step; state is born when a task opens it. */
export type Operator<A, B> = ((context: OperatorContext) => OperatorFunction<Batch<A>, Batch<B>>) &
  KeyUse &
  StateUse;

/** A step with several named inputs. */
export type JoinOperator<In, B> = ((
  context: OperatorContext,
) => (inputs: { readonly [S in keyof In]: Observable<Batch<In[S]>> }) => Observable<Batch<B>>) &
  KeyUse &
  StateUse;
