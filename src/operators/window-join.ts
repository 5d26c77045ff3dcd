import type { Segment, WindowStore } from "../state/window-store.ts";
import type { Batch, Rows } from "./batch.ts";
import type { GroupHandler, Groups } from "./co-group.ts";
import type { JoinInputs, JoinSides, JoinValues, JoinWindowSpec } from "./join-window.ts";
import { entryHasKey, entryKey, entryTimeMs, entryValue, KeyedEntries } from "./keyed-entry.ts";
import type { OperatorContext, SliceClose } from "./operator.ts";
import { requireKeys } from "./require-keys.ts";
import { RowBuffer } from "./row-buffer.ts";

interface TimedBytes {
  readonly timeMs: number;
  readonly bytes: Uint8Array;
}

/** A row of the primary side that is due. */
interface Due extends TimedBytes {
  readonly key: Uint8Array;
  readonly high: number;
  readonly low: number;
}

interface Timed {
  readonly timeMs: number;
  readonly value: unknown;
}

/** What an optional side gives where it has no row. */
const NONE: readonly Timed[] = [{ timeMs: Number.NEGATIVE_INFINITY, value: undefined }];

/** The running state of one `joinWindow`; the law is there. */
export class WindowJoin<S extends JoinSides, Out>
  implements GroupHandler<JoinInputs<S>, Rows<Out>>
{
  readonly sides: GroupHandler<JoinInputs<S>, Rows<Out>>["sides"];
  private readonly context: OperatorContext;
  private readonly spec: JoinWindowSpec<S, Out>;
  private readonly names: readonly string[];
  private readonly rows: WindowStore;
  private readonly changes: WindowStore;
  private readonly entries = new KeyedEntries();
  private readonly waitMs: number;
  private due: Due[] = [];
  /** Not the task's stream time: that has moved on when a step upstream emits at a close. */
  private closed: number;

  constructor(context: OperatorContext, spec: JoinWindowSpec<S, Out>) {
    this.context = context;
    this.spec = spec;
    this.names = Object.keys(spec.sides);
    this.rows = context.store(spec.rows);
    this.changes = context.store(spec.changes);
    this.waitMs = spec.afterMs + (spec.graceMs ?? 0);
    this.closed = this.changes.segmentOf(context.slices.streamTimeMs);
    this.sides = Object.fromEntries(
      this.names.map((name, tag) => [
        name,
        (batch: Batch<Rows<unknown>>, groups: Groups) => this.append(tag, batch, groups),
      ]),
    ) as unknown as typeof this.sides;
  }

  private append(tag: number, batch: Batch<Rows<unknown>>, groups: Groups): void {
    const { sides, primary, beforeMs } = this.spec;
    const name = this.names[tag]!;
    const keys = requireKeys(batch, `side ${name} of joinWindow over ${this.spec.rows}`);
    const reachMs = this.waitMs + (name === primary ? 0 : beforeMs);
    const { serde } = sides[name]!;
    let late = 0;
    for (let row = 0; row < batch.length; row++) {
      const timeMs = batch.timestampsMs[row]!;
      if (this.changes.segmentOf(timeMs + reachMs) <= this.closed) {
        late++;
        continue;
      }
      const value = serde.encode(batch.rows.at(row));
      this.entries.append(groups.open(timeMs), tag, timeMs, keys, row, value);
      if (name !== primary) continue;
      const { a, b } = this.entries.words(keys, row);
      // The segment's time, so that rows of one key in it which fall due together share a mark.
      const groupMs = this.rows.timeOf(this.rows.segmentOf(timeMs));
      groups.mark(timeMs + this.waitMs, groupMs, a, b);
    }
    if (late > 0) this.context.count("dropped.late", late);
  }

  /**
   * Takes what is due in every slice up to the stream time, not only in the one that closes: a
   * slice without rows need not be closed at all.
   */
  beforeClose({ streamTimeMs }: SliceClose, groups: Groups): void {
    this.closed = this.changes.segmentOf(streamTimeMs);
    for (const slice of this.changes.segmentIds()) {
      if (slice > this.closed) break;
      groups.visitChanged(this.changes.timeOf(slice), (segment, head) =>
        this.collectDue(segment, head, slice),
      );
    }
  }

  visit(): void {
    // Nothing is left to visit: `beforeClose` has taken the marks of the closing slice as well.
  }

  private collectDue(segment: Segment, head: number, slice: number): void {
    const primary = this.names.indexOf(this.spec.primary);
    for (let at = head; at >= 0; at = segment.previous) {
      segment.at(at);
      const timeMs = entryTimeMs(segment);
      // A group is marked for each slice in which rows of it fall due.
      if (segment.tag !== primary || this.changes.segmentOf(timeMs + this.waitMs) !== slice) {
        continue;
      }
      const { high, low } = segment;
      this.due.push({ timeMs, bytes: entryValue(segment), key: entryKey(segment), high, low });
    }
  }

  *afterClose(): Generator<Batch<Rows<Out>>> {
    const due = this.due.sort((a, b) => Buffer.compare(a.key, b.key) || byTimeThenBytes(a, b));
    this.due = [];
    const out = new RowBuffer<Out>(this.context.partition);
    for (let from = 0, to = 0; from < due.length; from = to) {
      const { key } = due[from]!;
      while (to < due.length && Buffer.compare(due[to]!.key, key) === 0) to++;
      const others = this.gather(due[from]!, due[to - 1]!);
      for (let i = from; i < to; i++) {
        for (const combination of combinations(this.matches(due[i]!, others))) {
          out.push(this.join(combination), key, greatestTimeMs(combination));
          if (out.isFull) yield* out.take();
        }
      }
    }
    yield* out.take();
    this.dropUnreachable();
  }

  /** The rows of the other sides that primary rows of one key, `first` to `last`, may join. */
  private gather(first: Due, last: Due): readonly (readonly Timed[])[] {
    const { beforeMs, afterMs, sides } = this.spec;
    const keys = {
      bytes: first.key,
      starts: Int32Array.of(0),
      ends: Int32Array.of(first.key.length),
    };
    const found = this.names.map((): TimedBytes[] => []);
    const end = this.rows.segmentOf(last.timeMs + afterMs);
    for (let id = this.rows.segmentOf(first.timeMs - beforeMs); id <= end; id++) {
      const segment = this.rows.segment(id);
      if (segment === undefined) continue;
      for (let at = segment.head(first.high, first.low); at >= 0; at = segment.previous) {
        segment.at(at);
        if (this.names[segment.tag] === this.spec.primary) continue;
        if (!entryHasKey(segment, keys, 0)) continue;
        found[segment.tag]!.push({ timeMs: entryTimeMs(segment), bytes: entryValue(segment) });
      }
    }
    return found.map((rows, tag) => {
      const { serde } = sides[this.names[tag]!]!;
      rows.sort(byTimeThenBytes);
      return rows.map(({ timeMs, bytes }) => ({ timeMs, value: serde.decode(bytes) }));
    });
  }

  /** What each side contributes to a primary row; an empty one means that there is no join. */
  private matches(
    { timeMs, bytes }: Due,
    others: readonly (readonly Timed[])[],
  ): readonly (readonly Timed[])[] {
    const { sides, primary, beforeMs, afterMs } = this.spec;
    return this.names.map((name, tag) => {
      const { serde, optional } = sides[name]!;
      if (name === primary) return [{ timeMs, value: serde.decode(bytes) }];
      const rows = others[tag]!;
      const from = firstAt(rows, (row) => row.timeMs >= timeMs - beforeMs);
      const found = rows.slice(
        from,
        firstAt(rows, (row) => row.timeMs > timeMs + afterMs),
      );
      return found.length === 0 && optional === true ? NONE : found;
    });
  }

  private join(combination: readonly Timed[]): Out {
    const values = Object.fromEntries(this.names.map((name, i) => [name, combination[i]!.value]));
    return this.spec.join(values as JoinValues<S>);
  }

  /** Drops the segments in which any row, of any side, would be late by now. */
  private dropUnreachable(): void {
    const reachMs = this.spec.beforeMs + this.waitMs;
    const openFromMs = this.changes.timeOf(this.closed + 1);
    for (const id of this.rows.segmentIds()) {
      if (this.rows.timeOf(id + 1) + reachMs > openFromMs) return;
      this.rows.drop(id);
    }
  }
}

const byTimeThenBytes = (a: TimedBytes, b: TimedBytes): number =>
  a.timeMs - b.timeMs || Buffer.compare(a.bytes, b.bytes);

const greatestTimeMs = (rows: readonly Timed[]): number =>
  rows.reduce((greatest, { timeMs }) => Math.max(greatest, timeMs), Number.NEGATIVE_INFINITY);

/** Index of the first row for which a condition holds that holds for all after it. */
function firstAt(rows: readonly Timed[], holds: (row: Timed) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Every choice of one row a side; the last side varies fastest. None when a side has no row. */
function* combinations(sides: readonly (readonly Timed[])[]): Generator<readonly Timed[]> {
  if (sides.some((rows) => rows.length === 0)) return;
  const chosen = sides.map(() => 0);
  for (;;) {
    yield sides.map((rows, side) => rows[chosen[side]!]!);
    let side = sides.length - 1;
    while (side >= 0 && ++chosen[side]! === sides[side]!.length) chosen[side--] = 0;
    if (side < 0) return;
  }
}
