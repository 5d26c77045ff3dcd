import { concatAll, map, merge } from "rxjs";
import type { Segment, WindowStore } from "../state/window-store.ts";
import { type Batch, type Rows, takeRows } from "./batch.ts";
import { entryKey, entryPlace, entryTimeMs, entryValue, KeyedEntries } from "./keyed-entry.ts";
import type { Operator, OperatorContext, SliceClose, StateUse } from "./operator.ts";
import { requireKeys } from "./require-keys.ts";
import { RowBuffer } from "./row-buffer.ts";
import type { Serde } from "./serde.ts";
import { splitChains } from "./split-state.ts";

export interface SuppressSpec<V> {
  /** Window store whose segments are slices: `segmentMs` is the length of a slice. */
  readonly store: string;
  readonly serde: Serde<V>;
  /** When a key's row is let through: with its slice, or once it is complete. */
  readonly until: "close" | ((value: V) => boolean);
}

/**
 * Lets through one row per key and slice, of the many by which it came to be.
 *
 *  - It stores the newest row of each key, in the slice of the row's time. Newest is the greatest
 *    time; of equal times the one that arrived last. What an older row says is superseded.
 *  - `until: "close"`: the newest row is emitted when its slice closes.
 *  - `until: complete`: the first newest row which is complete is emitted at once, and nothing more
 *    of that key in that slice. A key that is not complete when its slice closes is emitted then,
 *    as it stands, so that no key disappears.
 *  - What a close emits is ordered by slice, then by the bytes of the key.
 *  - A row whose slice is already closed is late: it is counted (`dropped.late`) and dropped.
 */
export function suppress<V>(spec: SuppressSpec<V>): Operator<Rows<V>, Rows<V>> {
  const operator: Operator<Rows<V>, Rows<V>> = (context) => (source) => {
    const held = new HeldRows(context, spec);
    return merge(
      source.pipe(map((batch) => held.take(batch))),
      context.closes.pipe(map((close) => held.close(close))),
    ).pipe(concatAll());
  };
  const split: StateUse["split"] = (from, to) => {
    const held = to.map((stores) => stores<WindowStore>(spec.store));
    splitChains(from(spec.store), held, (segment) => entryPlace(segment, to.length));
  };
  return Object.assign(operator, { keys: "groups" as const, split });
}

const HELD = 0;
const EMITTED = 1;
const NO_VALUE = new Uint8Array(0);

class HeldRows<V> {
  private readonly context: OperatorContext;
  private readonly spec: SuppressSpec<V>;
  private readonly store: WindowStore;
  private readonly entries = new KeyedEntries();
  /** Not the task's stream time: that has moved on when a step upstream emits at a close. */
  private closed: number;

  constructor(context: OperatorContext, spec: SuppressSpec<V>) {
    this.context = context;
    this.spec = spec;
    this.store = context.store(spec.store);
    this.closed = this.store.segmentOf(context.slices.streamTimeMs);
  }

  take(batch: Batch<Rows<V>>): Batch<Rows<V>>[] {
    const keys = requireKeys(batch, `suppress over ${this.spec.store}`);
    const { until, serde } = this.spec;
    const complete: number[] = [];
    let late = 0;
    for (let row = 0; row < batch.length; row++) {
      const timeMs = batch.timestampsMs[row]!;
      if (this.store.segmentOf(timeMs) <= this.closed) {
        late++;
        continue;
      }
      const segment = this.store.openSegment(timeMs);
      const known = this.entries.find(segment, keys, row);
      if (known && (segment.tag === EMITTED || entryTimeMs(segment) > timeMs)) continue;
      const value = batch.rows.at(row);
      const isComplete = until !== "close" && until(value);
      if (isComplete) complete.push(row);
      const bytes = isComplete ? NO_VALUE : serde.encode(value);
      this.entries.append(segment, isComplete ? EMITTED : HELD, timeMs, keys, row, bytes);
    }
    if (late > 0) this.context.count("dropped.late", late);
    return complete.length === 0 ? [] : [takeRows(batch, Int32Array.from(complete))];
  }

  *close({ streamTimeMs }: SliceClose): Generator<Batch<Rows<V>>> {
    this.closed = this.store.segmentOf(streamTimeMs);
    const out = new RowBuffer<V>(this.context.partition);
    for (const id of this.store.segmentIds()) {
      if (id > this.closed) break;
      for (const { key, timeMs, value } of newestHeld(this.store.segment(id)!)) {
        out.push(this.spec.serde.decode(value), key, timeMs);
        if (out.isFull) yield* out.take();
      }
      this.store.drop(id);
    }
    yield* out.take();
  }
}

interface Held {
  readonly key: Uint8Array;
  readonly timeMs: number;
  readonly value: Uint8Array;
}

/** The newest entry of each key, unless it was emitted already; in the order of the keys' bytes. */
function newestHeld(segment: Segment): Held[] {
  const held: Held[] = [];
  segment.forEachHead((head) => {
    const seen = new Set<string>();
    // More than one key only where hashes collide.
    for (let at = head; at >= 0; at = segment.previous) {
      segment.at(at);
      const key = entryKey(segment);
      const name = Buffer.from(key).toString("latin1");
      if (seen.has(name)) continue;
      seen.add(name);
      if (segment.tag === EMITTED) continue;
      held.push({ key, timeMs: entryTimeMs(segment), value: entryValue(segment) });
    }
  });
  return held.sort((a, b) => Buffer.compare(a.key, b.key));
}
