import { Hash128, partitionOf } from "../record/hash.ts";
import type { ByteColumn } from "../record/record-batch.ts";
import type { Segment } from "../state/window-store.ts";

/**
 * A row of a keyed operator as an entry of a window store: event time (8 bytes), length of the key
 * (4), key, value. The index of a segment knows 64 bits of the key's hash only, so a reader
 * compares the key itself: two keys of one hash must not meet.
 */
const KEY_AT = 12;

/** Finds and appends entries. One for each operator: it reuses its buffers. */
export class KeyedEntries {
  private readonly hash = new Hash128();
  private bytes = new Uint8Array(256);
  private view = new DataView(this.bytes.buffer);

  /** The words under which a segment indexes the key. */
  words(keys: ByteColumn, row: number): { readonly a: number; readonly b: number } {
    return this.hash.update(keys.bytes, keys.starts[row]!, keys.ends[row]!);
  }

  /** Moves the segment's cursor to the key's newest entry; false when there is none. */
  find(segment: Segment, keys: ByteColumn, row: number): boolean {
    const { a, b } = this.words(keys, row);
    for (let at = segment.head(a, b); at >= 0; at = segment.previous) {
      segment.at(at);
      if (entryHasKey(segment, keys, row)) return true;
    }
    return false;
  }

  append(
    segment: Segment,
    tag: number,
    timeMs: number,
    keys: ByteColumn,
    row: number,
    value: Uint8Array,
  ): void {
    const start = keys.starts[row]!;
    const keyBytes = keys.ends[row]! - start;
    const length = KEY_AT + keyBytes + value.length;
    if (length > this.bytes.length) {
      this.bytes = new Uint8Array(length * 2);
      this.view = new DataView(this.bytes.buffer);
    }
    this.view.setFloat64(0, timeMs, true);
    this.view.setUint32(8, keyBytes, true);
    this.bytes.set(keys.bytes.subarray(start, start + keyBytes), KEY_AT);
    this.bytes.set(value, KEY_AT + keyBytes);
    const { a, b } = this.words(keys, row);
    segment.append(a, b, tag, this.bytes, 0, length);
  }
}

const keyEnd = ({ chunk, start }: Segment): number =>
  start + KEY_AT + chunk.view.getUint32(start + 8, true);

/** Whether the entry under the cursor has this key. */
export function entryHasKey(segment: Segment, keys: ByteColumn, row: number): boolean {
  const keyStart = segment.start + KEY_AT;
  const length = keyEnd(segment) - keyStart;
  const start = keys.starts[row]!;
  if (keys.ends[row]! - start !== length) return false;
  const { bytes } = segment.chunk;
  for (let i = 0; i < length; i++) {
    if (bytes[keyStart + i] !== keys.bytes[start + i]) return false;
  }
  return true;
}

/** Where rows with the key of the entry under the cursor belong. */
export const entryPlace = (segment: Segment, partitions: number): number =>
  partitionOf(segment.chunk.bytes, segment.start + KEY_AT, keyEnd(segment), partitions);

/** Event time of the entry under the cursor. */
export const entryTimeMs = ({ chunk, start }: Segment): number =>
  chunk.view.getFloat64(start, true);

/** A copy of the key of the entry under the cursor. */
export const entryKey = (segment: Segment): Uint8Array =>
  segment.chunk.bytes.slice(segment.start + KEY_AT, keyEnd(segment));

/** A copy of the value of the entry under the cursor. */
export const entryValue = (segment: Segment): Uint8Array =>
  segment.chunk.bytes.slice(keyEnd(segment), segment.end);
