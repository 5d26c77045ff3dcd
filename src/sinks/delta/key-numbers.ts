import type { Data, RecordBatch } from "apache-arrow";
import { Hash128 } from "../../record/hash.ts";

/**
 * Numbers the keys of rows over any number of batches, from 0 on in the order in which they first
 * come; the same key has the same number. Held as 128-bit hashes: 24 to 48 bytes a key, no object.
 */
export class KeyNumbers {
  private readonly names: readonly string[];
  private columns: readonly KeyColumn[] = [];
  private keys = 0;
  /** Per key the four words of its hash. */
  private words = new Int32Array(4 * 1024);
  /** Open addressing: the number of a key, plus one; 0 is free. */
  private slots = new Int32Array(2048);
  private readonly hash = new Hash128();
  private scratch = new Uint8Array(256);

  /** @param names columns that together are the key; a null is a value like any other. */
  constructor(names: readonly string[]) {
    this.names = names;
  }

  /** Keys so far: the number that the next new one will get. */
  get size(): number {
    return this.keys;
  }

  /** Has `of` speak of the rows of this batch. */
  load(batch: RecordBatch): void {
    this.columns = this.names.map((name) => keyColumn(batch.getChild(name)!.data[0]!));
  }

  /** The number of the key of a row. */
  of(row: number): number {
    if (this.keys * 2 >= this.slots.length) this.rehash();
    const length = this.keyBytes(row);
    const { a, b, c, d } = this.hash.update(this.scratch, 0, length);
    this.reserve();
    const at = this.keys * 4;
    this.words[at] = a;
    this.words[at + 1] = b;
    this.words[at + 2] = c;
    this.words[at + 3] = d;
    const slot = this.slotOf(this.keys);
    const held = this.slots[slot]! - 1;
    if (held >= 0) return held;
    this.slots[slot] = this.keys + 1;
    return this.keys++;
  }

  /** Where the key whose words are at `number` is, or is to be. */
  private slotOf(number: number): number {
    const { words, slots } = this;
    const at = number * 4;
    for (let slot = words[at]! & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const held = (slots[slot]! - 1) * 4;
      if (held < 0) return slot;
      let same = true;
      for (let i = 0; i < 4 && same; i++) same = words[held + i] === words[at + i];
      if (same) return slot;
    }
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2);
    for (let number = 0; number < this.keys; number++) {
      this.slots[this.slotOf(number)] = number + 1;
    }
  }

  private reserve(): void {
    if ((this.keys + 1) * 4 <= this.words.length) return;
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }

  /** The key of a row as bytes in `scratch`; each part after its length, so that none run together. */
  private keyBytes(row: number): number {
    let length = 0;
    for (const { data, bytes, offsets, width } of this.columns) {
      const isNull = data.nullCount > 0 && !data.getValid(row);
      const start = offsets === null ? row * width : offsets[row]!;
      const end = isNull ? start : offsets === null ? start + width : offsets[row + 1]!;
      this.reserveScratch(length + 4 + end - start);
      this.scratch[length++] = isNull ? 1 : 0;
      for (let size = end - start; ; size >>>= 7) {
        this.scratch[length++] = size > 127 ? (size & 127) | 128 : size;
        if (size <= 127) break;
      }
      for (let i = start; i < end; i++) this.scratch[length++] = bytes[i]!;
    }
    return length;
  }

  private reserveScratch(length: number): void {
    if (length + 5 <= this.scratch.length) return;
    const scratch = new Uint8Array((length + 5) * 2);
    scratch.set(this.scratch);
    this.scratch = scratch;
  }
}

/** A column as bytes: values of `width` bytes, or between `offsets`. */
interface KeyColumn {
  readonly data: Data;
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array | null;
  readonly width: number;
}

function keyColumn(data: Data): KeyColumn {
  const { buffer, byteOffset, byteLength, BYTES_PER_ELEMENT } = data.values as Uint8Array;
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  const offsets = (data.valueOffsets as Int32Array | undefined) ?? null;
  return { data, bytes, offsets, width: BYTES_PER_ELEMENT * data.stride };
}
