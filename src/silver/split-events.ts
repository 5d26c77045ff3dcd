import type { StoresOf } from "../operators/operator.ts";
import { type Places, splitMarks } from "../operators/split-state.ts";
import { KeyIndex } from "../state/key-index.ts";
import { ENTRY_BYTES_MAX } from "../state/slab.ts";
import type { Segment, WindowStore } from "../state/window-store.ts";
import type { CompleteEventsSpec } from "./complete-events.ts";
import { MENTION } from "./event-group.ts";
import { partitionOfEvent } from "./event-partition.ts";
import { DOCUMENT, MENTION_TIME } from "./mention-entry.ts";

const TWO_32 = 4_294_967_296;

/**
 * Shares out the state of the second join by GlobalEventID. A mention names its document by the
 * position in its task's store, so the documents go along: each to every task with a mention of it.
 */
export function splitEvents(
  spec: CompleteEventsSpec,
  from: StoresOf,
  to: readonly StoresOf[],
): void {
  const chains = from<WindowStore>(spec.events);
  const newChains = to.map((stores) => stores<WindowStore>(spec.events));
  const documents = from<WindowStore>(spec.documents);
  const newDocuments = to.map((stores) => stores<WindowStore>(spec.documents));
  const entry = new Uint8Array(ENTRY_BYTES_MAX);
  const view = new DataView(entry.buffer);
  const places = new Map<number, KeyIndex>();
  for (const id of chains.segmentIds()) {
    const segment = chains.segment(id)!;
    const timeMs = chains.timeOf(id);
    const index = new KeyIndex();
    places.set(id, index);
    segment.forEachEntry(() => {
      const { high, low, tag, chunk, start, end } = segment;
      const place = partitionOfEvent(high * TWO_32 + (low >>> 0), to.length);
      index.set(high, low, place);
      entry.set(chunk.bytes.subarray(start, end));
      if (tag === MENTION) {
        const mentionMs = view.getFloat64(MENTION_TIME, true);
        const source = documents.segmentAt(mentionMs)!;
        source.at(view.getInt32(DOCUMENT, true));
        const target = newDocuments[place]!.openSegment(mentionMs);
        view.setInt32(DOCUMENT, copyDocument(source, target), true);
      }
      newChains[place]!.openSegment(timeMs).append(high, low, tag, entry, 0, end - start);
    });
  }
  splitMarksOf(spec, from, to, chains, places);
}

/** Appends the document under the cursor, unless it is there; its position. */
function copyDocument(source: Segment, target: Segment): number {
  const { high, low, tag, chunk, start, end } = source;
  const document = chunk.bytes.subarray(start, end);
  for (let at = target.head(high, low); at >= 0; at = target.previous) {
    target.at(at);
    const known = target.chunk.bytes.subarray(target.start, target.end);
    if (Buffer.compare(known, document) === 0) return at;
  }
  return target.append(high, low, tag, chunk.bytes, start, end);
}

function splitMarksOf(
  { changes }: CompleteEventsSpec,
  from: StoresOf,
  to: readonly StoresOf[],
  chains: WindowStore,
  places: Places,
): void {
  const targets = to.map((stores) => stores<WindowStore>(changes));
  splitMarks(from(changes), targets, chains, places);
}
