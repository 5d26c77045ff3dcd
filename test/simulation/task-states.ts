import type { Task } from "../../src/runtime/task.ts";
import * as document from "../../src/silver/document-group.ts";
import * as event from "../../src/silver/event-group.ts";
import { DOCUMENT, MENTION_TIME } from "../../src/silver/mention-entry.ts";
import type { WindowStore } from "../../src/state/window-store.ts";

/** Entries that do not depend on how slices closed together, by their store. */
const CONTRIBUTIONS: Readonly<Record<string, readonly number[]>> = {
  documents: [document.CONTEXT],
  "unattributed-mentions": [document.MENTION],
  "event-chains": [event.EVENT, event.MENTION],
};

/** What the rows have left in the stores of each task, as sorted text. */
export function contributions(tasks: readonly Task[]): string[] {
  const found = new Set<string>();
  for (const { id: task, storeList } of tasks) {
    const stores = new Map(storeList.map((store) => [store.name, store as WindowStore]));
    for (const [name, tags] of Object.entries(CONTRIBUTIONS)) {
      const store = stores.get(name);
      for (const id of store?.segmentIds() ?? []) {
        const segment = store!.segment(id)!;
        segment.forEachEntry(() => {
          const { high, low, tag, chunk, start, end } = segment;
          if (!tags.includes(tag)) return;
          const bytes = Buffer.from(chunk.bytes.subarray(start, end));
          const isMention = name === "event-chains" && tag === event.MENTION;
          const text = isMention ? withDocument(bytes, stores.get("event-documents")!) : bytes;
          found.add(`${task} ${name} ${id} ${high} ${low} ${tag} ${text.toString("latin1")}`);
        });
      }
    }
  }
  return [...found].sort();
}

/** The document itself in the place of its position, which says nothing in another store. */
function withDocument(mention: Buffer, documents: WindowStore): Buffer {
  const segment = documents.segmentAt(mention.readDoubleLE(MENTION_TIME))!;
  segment.at(mention.readInt32LE(DOCUMENT));
  mention.writeInt32LE(0, DOCUMENT);
  return Buffer.concat([mention, segment.chunk.bytes.subarray(segment.start, segment.end)]);
}
