import type { Segment } from "../state/window-store.ts";

/** Tags of the entries of the first join: a mention; */
export const MENTION = 1;
/** a GKG row: uint16 length, identifier, context; */
export const CONTEXT = 2;
/** what has become of the document at a close, one byte: `UNUSED` or `USED`; */
export const OUTCOME = 3;
/** the document has changed though no mention of it has come. */
export const TOUCHED = 4;

/** No mention has had the document's GKG row, */
export const UNUSED = 1;
/** or one has. */
export const USED = 2;

/** A document as it is at a close. One object is used for all. */
export class DocumentGroup {
  /** Positions of the mentions that have come since the last close, oldest first. */
  readonly mentions: number[] = [];
  /** Positions of the GKG rows. */
  readonly contexts: number[] = [];
  /** What had become of the GKG row at the last close; 0: there had been none. */
  outcome = 0;

  readMentions(segment: Segment, head: number): void {
    this.mentions.length = 0;
    for (let position = head; position >= 0; position = segment.previous) {
      segment.at(position);
      if (segment.tag === MENTION) this.mentions.push(position);
    }
    this.mentions.reverse();
  }

  readContexts(segment: Segment | undefined, high: number, low: number): void {
    this.contexts.length = 0;
    this.outcome = 0;
    if (segment === undefined) return;
    for (let at = segment.head(high, low); at >= 0; at = segment.previous) {
      segment.at(at);
      if (segment.tag === CONTEXT) this.contexts.push(at);
      else if (this.outcome === 0) this.outcome = segment.chunk.bytes[segment.start]!;
    }
  }
}
