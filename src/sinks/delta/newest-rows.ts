import type { Data, RecordBatch } from "apache-arrow";
import { Hash128 } from "../../record/hash.ts";

/**
 * The newest row of each key, over any number of batches. Keys are held as 128-bit hashes, ranks as
 * two integers, rows as numbers in the order of `add`: 28 bytes a row, no object.
 */
export class NewestRows {
  private readonly keyColumns: readonly string[];
  private readonly rankColumns: readonly [string, string];
  private rows = 0;
  /** Per row: the four words of its key's hash, and its rank. */
  private words = new Int32Array(6 * 1024);
  /** Open addressing: the newest row so far of a key, plus one; 0 is free. */
  private slots = new Int32Array(2048);
  private keys = 0;
  private readonly hash = new Hash128();
  private scratch = new Uint8Array(256);

  /** @param rankColumns two int32 columns; the greater pair is newer. */
  constructor(keyColumns: readonly string[], rankColumns: readonly [string, string]) {
    this.keyColumns = keyColumns;
    this.rankColumns = rankColumns;
  }

  add(batch: RecordBatch): void {
    const keys = this.keyColumns.map((name) => keyColumn(columnOf(batch, name)));
    const [major, minor] = this.rankColumns.map(
      (name) => columnOf(batch, name).values as Int32Array,
    ) as [Int32Array, Int32Array];
    this.reserve(this.rows + batch.numRows);
    for (let row = 0; row < batch.numRows; row++) {
      const at = this.rows++ * 6;
      const length = this.keyBytes(keys, row);
      const { a, b, c, d } = this.hash.update(this.scratch, 0, length);
      this.words[at] = a;
      this.words[at + 1] = b;
      this.words[at + 2] = c;
      this.words[at + 3] = d;
      this.words[at + 4] = major[row]!;
      this.words[at + 5] = minor[row]!;
      this.offer(this.rows - 1);
    }
  }

  /** Rows added so far. */
  get length(): number {
    return this.rows;
  }

  /** One flag per row added: 1 for the newest of its key; of equally new rows, the first. */
  flags(): Uint8Array {
    const flags = new Uint8Array(this.rows);
    for (const slot of this.slots) if (slot > 0) flags[slot - 1] = 1;
    return flags;
  }

  private offer(row: number): void {
    if (this.keys * 2 >= this.slots.length) this.rehash();
    const slot = this.slotOf(row);
    const held = this.slots[slot]! - 1;
    if (held < 0) this.keys++;
    if (held < 0 || this.isNewer(row, held)) this.slots[slot] = row + 1;
  }

  private isNewer(row: number, than: number): boolean {
    const { words } = this;
    const major = words[row * 6 + 4]! - words[than * 6 + 4]!;
    return major > 0 || (major === 0 && words[row * 6 + 5]! > words[than * 6 + 5]!);
  }

  /** Where the key of `row` is, or is to be. */
  private slotOf(row: number): number {
    const { words, slots } = this;
    const at = row * 6;
    for (let slot = words[at]! & (slots.length - 1); ; slot = (slot + 1) & (slots.length - 1)) {
      const held = (slots[slot]! - 1) * 6;
      if (held < 0) return slot;
      let same = true;
      for (let i = 0; i < 4 && same; i++) same = words[held + i] === words[at + i];
      if (same) return slot;
    }
  }

  private rehash(): void {
    const newest = this.slots.filter((slot) => slot > 0);
    this.slots = new Int32Array(this.slots.length * 2);
    for (const slot of newest) this.slots[this.slotOf(slot - 1)] = slot;
  }

  private reserve(rows: number): void {
    if (rows * 6 <= this.words.length) return;
    const words = new Int32Array(Math.max(rows * 6, this.words.length * 2));
    words.set(this.words.subarray(0, this.rows * 6));
    this.words = words;
  }

  /** The key of a row as bytes in `scratch`; each part after its length, so that none run together. */
  private keyBytes(keys: readonly KeyColumn[], row: number): number {
    let length = 0;
    for (const { data, bytes, offsets, width } of keys) {
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

const columnOf = (batch: RecordBatch, name: string): Data => batch.getChild(name)!.data[0]!;
