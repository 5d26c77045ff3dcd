import type { SliceClose, SliceView } from "../operators/operator.ts";
import { END_OF_STREAM, type SliceEnd } from "../record/slice-end.ts";
import type { Completeness } from "../topology/topology.ts";
import { type InputSlices, sliceOrNull } from "./runner-status.ts";

/** An input of a task, and who has to close a slice in it. */
export interface TrackedInput {
  readonly topic: string;
  readonly completeness: Completeness;
  /** Feeds, or upstream tasks; empty where event time decides. */
  readonly closers: readonly string[];
}

/** A mark which speaks of every slice up to its own: sent where event time decides. */
export const WATERMARK = 0;

/**
 * The watermark of who is silent: nothing is known to follow, so nobody waits for it. Unlike every
 * other one it is taken back, by the next watermark.
 */
const IDLE = END_OF_STREAM - 1;

interface TrackerState {
  /** Closed slices: [slice, last attempt, feeds missing]. */
  readonly closed: readonly (readonly [number, number, readonly string[]])[];
  /** Slices that somebody has closed, or has rows of: slice, attempt, who closed it, missing. */
  readonly pending: readonly (readonly [number, number, readonly string[], readonly string[]])[];
  /** Who promised that nothing up to some time follows. */
  readonly watermarks: readonly (readonly [string, number])[];
  /** Who is silent at present; state, since it was told downstream. */
  readonly idle: readonly string[];
  readonly streamTimeMs: number;
  readonly startMs: number;
}

/** A slice that is not closed yet. */
export interface OpenSlice {
  readonly sliceMs: number;
  readonly attempt: number;
  readonly waitingFor: readonly string[];
}

interface Pending {
  readonly sliceMs: number;
  readonly attempt: number;
  readonly closedBy: Set<string>;
  readonly missing: Set<string>;
}

/**
 * Decides when a slice is closed for a task: when every closer of every input has closed that
 * attempt at it, or has promised that nothing so early follows. A task that is down holds its
 * slices open downstream, instead of losing its rows. A slice may close out of order, and again.
 */
export class SliceTracker implements SliceView {
  /** All who have to close a slice. */
  private readonly closers: readonly string[];
  private readonly retentionMs: number;
  private closed = new Map<number, { attempt: number; missing: readonly string[] }>();
  private pending = new Map<string, Pending>();
  private watermarks = new Map<string, number>();
  private silent = new Set<string>();
  /** Wall-clock time of the last record per input; not state: after a start the wait begins anew. */
  private readonly lastRecordMs = new Map<string, number>();
  streamTimeMs = Number.NEGATIVE_INFINITY;
  startMs = Number.POSITIVE_INFINITY;

  /** Closed slices are remembered for `retentionMs` of stream time. */
  constructor(inputs: readonly TrackedInput[], retentionMs: number) {
    this.closers = inputs.flatMap(closersIn);
    this.retentionMs = retentionMs;
  }

  isClosed(sliceMs: number, feed: string): boolean {
    const closed = this.closed.get(sliceMs);
    return closed !== undefined && !closed.missing.includes(feed);
  }

  /** Takes the event times of rows of an input without markers; NaN: a row has none. */
  rows(input: TrackedInput, timesMs: Float64Array, nowMs: number): void {
    const { completeness } = input;
    if (completeness.markers !== "none") return;
    const { sliceMs, graceMs } = completeness;
    let newest = Number.NEGATIVE_INFINITY;
    let reopened = Number.NaN;
    for (const time of timesMs) {
      if (Number.isNaN(time)) continue;
      if (time > newest) newest = time;
      const slice = Math.floor(time / sliceMs) * sliceMs;
      if (slice !== reopened) this.reopen(slice);
      reopened = slice;
    }
    this.lastRecordMs.set(input.topic, nowMs);
    this.speak(input.topic, Math.floor((newest - graceMs) / sliceMs) * sliceMs - sliceMs);
  }

  /** An input at its end which has been silent for long no longer holds slices open. */
  idle(input: TrackedInput, nowMs: number): void {
    const { completeness } = input;
    if (completeness.markers !== "none") return;
    const last = this.lastRecordMs.get(input.topic);
    if (last === undefined) this.lastRecordMs.set(input.topic, nowMs);
    else if (nowMs - last >= completeness.idleTimeoutMs) this.silent.add(input.topic);
  }

  private speak(closer: string, sliceMs: number): void {
    this.silent.delete(closer);
    if (sliceMs > (this.watermarks.get(closer) ?? Number.NEGATIVE_INFINITY)) {
      this.watermarks.set(closer, sliceMs);
    }
  }

  private reopen(sliceMs: number): void {
    const attempt = (this.closed.get(sliceMs)?.attempt ?? 0) + 1;
    this.entry(sliceMs, attempt);
  }

  private entry(sliceMs: number, attempt: number): Pending {
    const key = `${sliceMs}/${attempt}`;
    let pending = this.pending.get(key);
    if (pending === undefined) {
      pending = { sliceMs, attempt, closedBy: new Set(), missing: new Set() };
      this.pending.set(key, pending);
    }
    return pending;
  }

  /** Takes an end marker. */
  end(input: TrackedInput, end: SliceEnd): void {
    const closer = `${input.topic}|${end.from}`;
    if (end.attempt === WATERMARK) {
      if (end.sliceMs === IDLE) this.silent.add(closer);
      else this.speak(closer, end.sliceMs);
      return;
    }
    const pending = this.entry(end.sliceMs, end.attempt);
    pending.closedBy.add(closer);
    for (const feed of end.missing) pending.missing.add(feed);
  }

  /** Closes what can be closed, oldest first; the caller runs each close before the next. */
  *closes(): Generator<SliceClose> {
    const ready = [...this.pending.values()]
      .filter((pending) => this.isComplete(pending))
      .sort((a, b) => a.sliceMs - b.sliceMs || a.attempt - b.attempt);
    for (const { sliceMs, attempt, missing } of ready) {
      this.pending.delete(`${sliceMs}/${attempt}`);
      const before = this.closed.get(sliceMs);
      const still =
        before === undefined ? [...missing] : before.missing.filter((f) => missing.has(f));
      this.closed.set(sliceMs, {
        attempt: Math.max(attempt, before?.attempt ?? 0),
        missing: still,
      });
      this.startMs = Math.min(this.startMs, sliceMs);
      this.streamTimeMs = Math.max(this.streamTimeMs, sliceMs);
      yield { sliceMs, attempt, missing: still, streamTimeMs: this.streamTimeMs };
    }
    if (ready.length > 0) this.forgetOld();
  }

  private isComplete({ sliceMs, closedBy }: Pending): boolean {
    return this.closers.every(
      (closer) => closedBy.has(closer) || this.promisedBy(closer) >= sliceMs,
    );
  }

  /** Slices that have begun and are not closed, with those who have still to close them. */
  openSlices(): OpenSlice[] {
    return [...this.pending.values()].map(({ sliceMs, attempt, closedBy }) => ({
      sliceMs,
      attempt,
      waitingFor: this.closers.filter((closer) => !closedBy.has(closer)),
    }));
  }

  /**
   * The newest slice that all closers of an input have ended; -Infinity: none. Who is silent is not
   * waited for.
   */
  watermarkOf(input: TrackedInput): number {
    const ended = closersIn(input).map((closer) => {
      const slices = [...this.pending.values()].filter(({ closedBy }) => closedBy.has(closer));
      const newest = Math.max(this.streamTimeMs, ...slices.map(({ sliceMs }) => sliceMs));
      return Math.max(newest, this.promisedBy(closer));
    });
    return Math.min(...ended);
  }

  /** How the slices of an input stand. */
  of(input: TrackedInput): InputSlices {
    const closers = closersIn(input);
    return {
      watermarkMs: sliceOrNull(this.watermarkOf(input)),
      oldestOpenMs: this.oldestOpenMs(closers),
      isIdle: closers.every((closer) => this.silent.has(closer)),
    };
  }

  private oldestOpenMs(closers: readonly string[]): number | null {
    let oldest: number | null = null;
    for (const { sliceMs, closedBy } of this.pending.values()) {
      const isOpen = closers.some((one) => !closedBy.has(one) && this.promisedBy(one) < sliceMs);
      if (isOpen && sliceMs < (oldest ?? Number.POSITIVE_INFINITY)) oldest = sliceMs;
    }
    return oldest && sliceOrNull(oldest);
  }

  private promisedBy(closer: string): number {
    if (this.silent.has(closer)) return IDLE;
    return this.watermarks.get(closer) ?? Number.NEGATIVE_INFINITY;
  }

  private forgetOld(): void {
    for (const slice of this.closed.keys()) {
      if (slice < this.streamTimeMs - this.retentionMs) this.closed.delete(slice);
    }
  }

  /**
   * How far event time has been promised for the whole task; -Infinity where markers decide. It falls
   * when somebody who was silent speaks again.
   */
  get promisedMs(): number {
    return Math.min(...this.closers.map((closer) => this.promisedBy(closer)));
  }

  save(): TrackerState {
    return {
      closed: [...this.closed].map(([slice, { attempt, missing }]) => [slice, attempt, missing]),
      pending: [...this.pending.values()].map((p) => [
        p.sliceMs,
        p.attempt,
        [...p.closedBy],
        [...p.missing],
      ]),
      watermarks: [...this.watermarks],
      idle: [...this.silent],
      streamTimeMs:
        this.streamTimeMs === Number.NEGATIVE_INFINITY ? -END_OF_STREAM : this.streamTimeMs,
      startMs: this.startMs === Number.POSITIVE_INFINITY ? END_OF_STREAM + 1 : this.startMs,
    };
  }

  load(state: TrackerState | null): void {
    this.closed = new Map(
      state?.closed.map(([slice, attempt, missing]) => [slice, { attempt, missing }]),
    );
    this.pending = new Map(
      state?.pending.map(([sliceMs, attempt, closedBy, missing]) => [
        `${sliceMs}/${attempt}`,
        { sliceMs, attempt, closedBy: new Set(closedBy), missing: new Set(missing) },
      ]),
    );
    this.watermarks = new Map(state?.watermarks);
    this.silent = new Set(state?.idle);
    this.lastRecordMs.clear();
    const { streamTimeMs = -END_OF_STREAM, startMs = END_OF_STREAM + 1 } = state ?? {};
    this.streamTimeMs = streamTimeMs === -END_OF_STREAM ? Number.NEGATIVE_INFINITY : streamTimeMs;
    this.startMs = startMs > END_OF_STREAM ? Number.POSITIVE_INFINITY : startMs;
  }
}

/** By whom the slices of an input are closed; where event time decides, by the input itself. */
const closersIn = ({ topic, completeness, closers }: TrackedInput): readonly string[] =>
  completeness.markers === "none" ? [topic] : closers.map((from) => `${topic}|${from}`);

export type { TrackerState };
