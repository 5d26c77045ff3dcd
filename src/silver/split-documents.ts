import type { StoresOf } from "../operators/operator.ts";
import { type PlaceOf, splitChains, splitMarks, WITH_ITS_CHAIN } from "../operators/split-state.ts";
import { partitionOf } from "../record/hash.ts";
import type { Segment, WindowStore } from "../state/window-store.ts";
import type { AttributeMentionsSpec } from "./attribute-mentions.ts";
import { CONTEXT, MENTION } from "./document-group.ts";
import { IDENTIFIER, textLength, textStart } from "./mention-entry.ts";

/** Shares out the state of the first join by the document's identifier, the key of both its topics. */
export function splitDocuments(
  spec: AttributeMentionsSpec,
  from: StoresOf,
  to: readonly StoresOf[],
): void {
  const all = (name: string) => to.map((stores) => stores<WindowStore>(name));
  const rows = from<WindowStore>(spec.mentions);
  const byMention: PlaceOf = (segment) => placeOfMention(segment, to.length);
  splitChains(from(spec.documents), all(spec.documents), (segment) =>
    placeOfContext(segment, to.length),
  );
  splitChains(from(spec.unattributed), all(spec.unattributed), byMention);
  const places = splitChains(rows, all(spec.mentions), byMention);
  splitMarks(from(spec.changes), all(spec.changes), rows, places);
}

function placeOfContext({ tag, chunk, start }: Segment, partitions: number): number {
  if (tag !== CONTEXT) return WITH_ITS_CHAIN;
  const length = chunk.view.getUint16(start, true);
  return partitionOf(chunk.bytes, start + 2, start + 2 + length, partitions);
}

function placeOfMention({ tag, chunk, start }: Segment, partitions: number): number {
  if (tag !== MENTION) return WITH_ITS_CHAIN;
  const from = textStart(chunk.view, start, IDENTIFIER);
  const to = from + textLength(chunk.view, start, IDENTIFIER);
  return partitionOf(chunk.bytes, from, to, partitions);
}
