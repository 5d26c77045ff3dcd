import assert from "node:assert/strict";
import fc from "fast-check";
import type { Segment, WindowStore } from "../../src/state/window-store.ts";

export const SEGMENT_MS = 10;

interface ModelEntry {
  readonly key: string;
  readonly tag: number;
  readonly payload: string;
}

/** What a window store holds, the naive way: entries by segment, in the order of appending. */
export class WindowModel {
  segments = new Map<number, ModelEntry[]>();
  private saved = new Map<number, ModelEntry[]>();

  append(timeMs: number, entry: ModelEntry): void {
    const id = Math.floor(timeMs / SEGMENT_MS);
    const entries = this.segments.get(id) ?? [];
    entries.push(entry);
    this.segments.set(id, entries);
  }

  drop(id: number): void {
    this.segments.delete(id);
  }

  commit(): void {
    this.saved = structuredClone(this.segments);
  }

  rollback(): void {
    this.segments = structuredClone(this.saved);
  }

  check(store: WindowStore): void {
    assert.deepEqual(
      store.live().map(({ segment }) => segment),
      [...this.segments.keys()].sort((a, b) => a - b),
    );
    let entries = 0;
    for (const [id, expected] of this.segments) {
      const segment = store.segment(id)!;
      entries += expected.length;
      assert.equal(segment.entries, expected.length);
      const all: ModelEntry[] = [];
      segment.forEachEntry(() => all.push(entryOf(segment)));
      assert.deepEqual(all, expected);
      assert.deepEqual(chains(segment), chainsOf(expected));
      assert.equal(segment.keys, new Set(expected.map(({ key }) => key)).size);
    }
    assert.equal(store.entries, entries);
  }
}

function entryOf(segment: Segment): ModelEntry {
  const bytes = segment.chunk.bytes.subarray(segment.start, segment.end);
  return {
    key: `${segment.high}/${segment.low}`,
    tag: segment.tag,
    payload: Buffer.from(bytes).toString("latin1"),
  };
}

/** Entries of each key, newest first, found from the key. */
function chains(segment: Segment): Map<string, ModelEntry[]> {
  const found = new Map<string, ModelEntry[]>();
  segment.forEachHead((head) => {
    segment.at(head);
    const { key } = entryOf(segment);
    assert.equal(segment.head(segment.high, segment.low), head);
    const chain: ModelEntry[] = [];
    for (let at = head; at >= 0; at = segment.previous) {
      segment.at(at);
      chain.push(entryOf(segment));
    }
    found.set(key, chain);
  });
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function chainsOf(entries: readonly ModelEntry[]): Map<string, ModelEntry[]> {
  const byKey = Map.groupBy(entries.toReversed(), ({ key }) => key);
  return new Map([...byKey].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Appends the same entry to the store and to the model. */
export function appendBoth(store: WindowStore, model: WindowModel, step: AppendStep): void {
  const { timeMs, high, low, tag, size, fill } = step;
  const bytes = new Uint8Array(size).fill(fill);
  store.openSegment(timeMs).append(high, low, tag, bytes, 0, size);
  const payload = Buffer.from(bytes).toString("latin1");
  model.append(timeMs, { key: `${high}/${low}`, tag, payload });
}

export interface AppendStep {
  readonly kind: "append";
  readonly timeMs: number;
  readonly high: number;
  readonly low: number;
  readonly tag: number;
  readonly size: number;
  readonly fill: number;
}

/** Sizes: few bytes, whole chunks of 64-byte entries, and some that leave a gap at a chunk's end. */
export const appendStep: fc.Arbitrary<AppendStep> = fc.record({
  kind: fc.constant("append" as const),
  timeMs: fc.integer({ min: -15, max: 45 }),
  high: fc.constantFrom(0, -1, 7),
  low: fc.integer({ min: -3, max: 3 }),
  tag: fc.integer({ min: 0, max: 255 }),
  size: fc.oneof(fc.nat(60), fc.constant(48), fc.constantFrom(16_368, 30_000, 65_520)),
  fill: fc.nat(255),
});
