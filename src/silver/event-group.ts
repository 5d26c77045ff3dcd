import { grown } from "../record/arrow/column.ts";
import type { Segment } from "../state/window-store.ts";
import { decodeEmission, type Emission, emissionSlice } from "./emission-entry.ts";
import { KEY_HASH, MENTION_TIME } from "./mention-entry.ts";

/** Tags of the entries in a chain of the second join. */
export const EVENT = 1;
export const MENTION = 2;
export const EMITTED = 3;

/** A mention that has been emitted as it is, */
export const KNOWN = 0;
/** or not at all, */
export const NEW = 1;
/** or without the context it has now. */
const SUPERSEDING = 2;

/** Below this an insertion sort is the faster one. */
const INSERTION_SORT_MAX = 24;

/**
 * The chain of one event, read for a close: its row, its mentions, what it last emitted. One object
 * is used for all groups.
 *
 * A mention counts once its slice has closed. That it has is told by the chain itself: every close
 * leaves an emission, so a mention of an earlier slice without one after it is still to come.
 * Of several entries with one natural key the newest stands: it has the context the older lacked.
 */
export class EventGroup {
  segment!: Segment;
  high = 0;
  low = 0;
  /** Position of the event's row, or -1. */
  event = -1;
  /** What the group emitted last, or null. */
  last: Emission | null = null;
  /** Mentions, in the order of their natural keys' hashes. */
  count = 0;
  mentions = new Int32Array(64);
  /** `NEW`, `SUPERSEDING` or `KNOWN`, for each; and whether any is not known. */
  isNew = new Uint8Array(64);
  anyNew = false;

  private positions = new Int32Array(64);
  private hashes = new Int32Array(256);
  private fresh = new Uint8Array(64);
  private order = new Int32Array(64);
  private emittedSlices: number[] = [];

  /** Reads the chain from its newest entry; mentions of slices that are still open are left out. */
  read(segment: Segment, head: number, sliceMs: number, all: boolean): void {
    this.segment = segment;
    this.event = -1;
    this.last = null;
    this.emittedSlices.length = 0;
    segment.at(head);
    this.high = segment.high;
    this.low = segment.low;
    let found = 0;
    for (let position = head; position >= 0; position = segment.previous) {
      segment.at(position);
      if (segment.tag === MENTION) {
        if (this.take(found, position, sliceMs, all)) found++;
      } else if (segment.tag === EMITTED) {
        this.last ??= decodeEmission(segment.chunk.view, segment.start);
        this.emittedSlices.push(emissionSlice(segment.chunk.view, segment.start));
      } else this.event = position;
    }
    this.sortAndUnite(found);
  }

  private take(index: number, position: number, sliceMs: number, all: boolean): boolean {
    const { chunk, start } = this.segment;
    const mentionMs = chunk.view.getFloat64(start + MENTION_TIME, true);
    const emitted = this.emittedSlices.includes(mentionMs);
    if (!emitted && mentionMs !== sliceMs && !all) return false;
    if (index === this.positions.length) this.grow();
    this.positions[index] = position;
    this.fresh[index] = emitted ? KNOWN : NEW;
    for (let word = 0; word < 4; word++) {
      this.hashes[index * 4 + word] = chunk.view.getInt32(start + KEY_HASH + word * 4, true);
    }
    return true;
  }

  private grow(): void {
    const length = this.positions.length * 2;
    this.positions = grown(this.positions, length);
    this.fresh = grown(this.fresh, length);
    this.hashes = grown(this.hashes, length * 4);
    this.order = new Int32Array(length);
    this.mentions = new Int32Array(length);
    this.isNew = new Uint8Array(length);
  }

  private sortAndUnite(found: number): void {
    const { order } = this;
    for (let i = 0; i < found; i++) order[i] = i;
    if (found <= INSERTION_SORT_MAX) this.insertionSort(found);
    else order.subarray(0, found).sort((a, b) => this.compare(a, b));
    this.count = 0;
    this.anyNew = false;
    for (let i = 0; i < found; i++) {
      const index = order[i]!;
      // The chain was read from its newest entry, so of equal keys the newest comes first.
      if (i > 0 && this.compareHashes(order[i - 1]!, index) === 0) {
        const standing = this.count - 1;
        if (this.isNew[standing] === NEW && this.fresh[index] === KNOWN) {
          this.isNew[standing] = SUPERSEDING;
        }
        continue;
      }
      this.mentions[this.count] = this.positions[index]!;
      this.isNew[this.count++] = this.fresh[index]!;
      if (this.fresh[index] === NEW) this.anyNew = true;
    }
  }

  private insertionSort(found: number): void {
    const { order } = this;
    for (let i = 1; i < found; i++) {
      const index = order[i]!;
      let at = i - 1;
      for (; at >= 0 && this.compare(order[at]!, index) > 0; at--) order[at + 1] = order[at]!;
      order[at + 1] = index;
    }
  }

  private compare(a: number, b: number): number {
    return this.compareHashes(a, b) || a - b;
  }

  private compareHashes(a: number, b: number): number {
    const { hashes } = this;
    for (let word = 0; word < 4; word++) {
      const difference = hashes[a * 4 + word]! - hashes[b * 4 + word]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }
}
