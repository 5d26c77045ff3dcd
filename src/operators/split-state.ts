import { partitionOf } from "../record/hash.ts";
import { KeyIndex } from "../state/key-index.ts";
import type { KeyValueStore } from "../state/key-value-store.ts";
import type { Segment, WindowStore } from "../state/window-store.ts";
import type { StateUse } from "./operator.ts";

/** The entry does not say where it belongs; another of its chain does. */
export const WITH_ITS_CHAIN = -1;

/** The partition to which the entry under the segment's cursor belongs, or `WITH_ITS_CHAIN`. */
export type PlaceOf = (segment: Segment) => number;

/** Where the chains of each segment have gone: to the task of which partition. */
export type Places = ReadonlyMap<number, KeyIndex>;

/**
 * Moves every entry of a window store to where it belongs, in the order in which it was appended.
 * Entries of one chain that belong elsewhere than others (two keys of one hash) part.
 */
export function splitChains(
  from: WindowStore,
  to: readonly WindowStore[],
  placeOf: PlaceOf,
): Places {
  const places = new Map<number, KeyIndex>();
  for (const id of from.segmentIds()) {
    const segment = from.segment(id)!;
    const timeMs = from.timeOf(id);
    const index = placesIn(segment, placeOf);
    places.set(id, index);
    segment.forEachEntry(() => {
      const { high, low, tag, chunk, start, end } = segment;
      const own = placeOf(segment);
      const place = own === WITH_ITS_CHAIN ? index.get(high, low) : own;
      if (place < 0) {
        throw new Error(`store ${from.name}: no entry of a chain in segment ${id} tells its key`);
      }
      to[place]!.openSegment(timeMs).append(high, low, tag, chunk.bytes, start, end);
    });
  }
  return places;
}

function placesIn(segment: Segment, placeOf: PlaceOf): KeyIndex {
  const index = new KeyIndex();
  segment.forEachEntry(() => {
    const place = placeOf(segment);
    if (place !== WITH_ITS_CHAIN) index.set(segment.high, segment.low, place);
  });
  return index;
}

/** Moves the marks of a co-group to where the rows have gone which they speak of. */
export function splitMarks(
  from: WindowStore,
  to: readonly WindowStore[],
  rows: WindowStore,
  places: Places,
): void {
  for (const id of from.segmentIds()) {
    const segment = from.segment(id)!;
    const timeMs = from.timeOf(id);
    segment.forEachEntry(() => {
      const { high, low, tag, chunk, start, end } = segment;
      const rowsMs = chunk.view.getFloat64(start, true);
      const place = places.get(rows.segmentOf(rowsMs))?.get(high, low) ?? WITH_ITS_CHAIN;
      // Rows that are gone need no visit.
      if (place < 0) return;
      to[place]!.openSegment(timeMs).append(high, low, tag, chunk.bytes, start, end);
    });
  }
}

/** How a step with one key-value store shares it out: a value goes where the rows of its key will be. */
export const splitsValues =
  (store: string): StateUse["split"] =>
  (from, to) => {
    for (const [key, value] of from<KeyValueStore>(store).entriesOf()) {
      const bytes = Buffer.from(key, "latin1");
      const place = partitionOf(bytes, 0, bytes.length, to.length);
      to[place]!<KeyValueStore>(store).put(key, value);
    }
  };
