import type { Segment } from "../state/window-store.ts";

/** Tags of the entries in a chain of the first join. */
export const MENTION = 1;
/** A GKG row: uint16 length, identifier, context. */
export const CONTEXT = 2;
/** Everything before it in the chain has been sent; one byte: what had become of the GKG row. */
export const SENT = 3;

/** In a `SENT` entry. */
export const NO_CONTEXT = 0;
export const UNUSED = 1;
export const USED = 2;

/** The chain of one document, read for a close. One object is used for all groups. */
export class DocumentGroup {
  /** Positions of the mentions that have not been sent, newest first. */
  readonly mentions: number[] = [];
  /** Positions of the GKG rows. */
  readonly contexts: number[] = [];
  /** What had become of the GKG row at the last close that changed the group; -1: none before. */
  sent = -1;

  read(segment: Segment, head: number): void {
    this.mentions.length = 0;
    this.contexts.length = 0;
    this.sent = -1;
    for (let position = head; position >= 0; position = segment.previous) {
      segment.at(position);
      if (segment.tag === CONTEXT) this.contexts.push(position);
      else if (segment.tag === SENT && this.sent < 0) {
        this.sent = segment.chunk.bytes[segment.start]!;
      } else if (segment.tag === MENTION && this.sent < 0) this.mentions.push(position);
    }
  }
}
