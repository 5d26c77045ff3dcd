import { isUtf8 } from "node:buffer";
import type { ByteColumn } from "../record/record-batch.ts";

/**
 * A field which is still open after so many bytes is searched for its tab by `Buffer.indexOf`
 * (memchr). Measured: GKG rows, whose GCAM field alone is 8 kB, go 7 times faster than by a plain
 * loop, rows of short fields no slower; hopping earlier costs a call per field and loses.
 */
const HOP_BYTES = 32;

const TAB = 9;
const NOWHERE = 0x7fffffff;

/**
 * The fields of a batch of tab-separated rows, by position only: nothing is copied or decoded until
 * somebody asks. GDELT quotes and escapes nothing, so a tab always ends a field.
 *
 * Boundaries live in one Int32Array which is kept from batch to batch, so a steady flow allocates
 * nothing. A loaded batch is valid until the next `load`.
 */
export class TsvRows {
  /** Fields which a row should have. */
  readonly columns: number;
  /** Rows loaded. */
  length = 0;
  /** What the positions point into. */
  bytes: Uint8Array = new Uint8Array(0);

  private readonly stride: number;
  /** Per row: its field count, the start of each field, the end of the row + 1. */
  private bounds = new Int32Array(0);
  private buffer: Buffer = Buffer.alloc(0);
  private source: ByteColumn = { bytes: this.bytes, starts: this.bounds, ends: this.bounds };
  private allUtf8: boolean | null = null;

  constructor(columns: number) {
    this.columns = columns;
    this.stride = columns + 2;
  }

  /** Splits every row. The batch's bytes are kept, not copied. */
  load(records: ByteColumn & { readonly length: number }): void {
    const { bytes, length } = records;
    this.source = records;
    this.bytes = bytes;
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.length = length;
    this.allUtf8 = null;
    const slots = length * this.stride;
    if (this.bounds.length < slots) this.bounds = new Int32Array(Math.ceil(slots * 1.25));
    this.split(records.starts, records.ends, this.bounds, this.buffer);
  }

  private split(starts: Int32Array, ends: Int32Array, bounds: Int32Array, buffer: Buffer): void {
    const { bytes, columns, stride, length } = this;
    // Kept across rows: otherwise each row without tabs would search the whole rest of the batch.
    let nextTab = -1;
    for (let row = 0, base = 0; row < length; row++, base += stride) {
      const end = ends[row]!;
      let at = starts[row]!;
      let count = 1;
      bounds[base + 1] = at;
      while (at < end) {
        const limit = Math.min(at + HOP_BYTES, end);
        while (at < limit && bytes[at] !== TAB) at++;
        if (at === limit) {
          if (at === end) break;
          if (nextTab < at) {
            nextTab = buffer.indexOf(TAB, at);
            if (nextTab < 0) nextTab = NOWHERE;
          }
          at = nextTab;
          if (at >= end) break;
        }
        at++;
        count++;
        if (count <= columns) bounds[base + count] = at;
      }
      bounds[base] = count;
      for (let i = Math.min(count, columns); i <= columns; i++) bounds[base + 1 + i] = end + 1;
    }
  }

  /** Fields which the row really has; its fields mean something only if that equals `columns`. */
  fieldCount(row: number): number {
    return this.bounds[row * this.stride]!;
  }

  /** Position of the first byte of a field. */
  fieldStart(row: number, column: number): number {
    return this.bounds[row * this.stride + 1 + column]!;
  }

  /** Position after the last byte of a field; its start if the field is empty. */
  fieldEnd(row: number, column: number): number {
    return this.bounds[row * this.stride + 2 + column]! - 1;
  }

  /** A container of just these rows, in this order. */
  take(rows: Int32Array): TsvRows {
    const { starts, ends } = this.source;
    const taken = new TsvRows(this.columns);
    taken.load({
      bytes: this.bytes,
      starts: Int32Array.from(rows, (row) => starts[row]!),
      ends: Int32Array.from(rows, (row) => ends[row]!),
      length: rows.length,
    });
    return taken;
  }

  rowStart(row: number): number {
    return this.source.starts[row]!;
  }

  rowEnd(row: number): number {
    return this.source.ends[row]!;
  }

  /** A field decoded, or null when it is empty. */
  text(row: number, column: number): string | null {
    const start = this.fieldStart(row, column);
    const end = this.fieldEnd(row, column);
    return end > start ? this.buffer.toString("utf8", start, end) : null;
  }

  /**
   * Whether a row is valid UTF-8. Asked of the whole batch at once first, since that costs next to
   * nothing; row by row only in a batch which is not.
   */
  isUtf8Row(row: number): boolean {
    this.allUtf8 ??= this.isUtf8Batch();
    return this.allUtf8 || isUtf8(this.bytes.subarray(this.rowStart(row), this.rowEnd(row)));
  }

  isUtf8Field(row: number, column: number): boolean {
    const bytes = this.bytes.subarray(this.fieldStart(row, column), this.fieldEnd(row, column));
    return isUtf8(bytes);
  }

  private isUtf8Batch(): boolean {
    const { bytes, length } = this;
    const { starts } = this.source;
    for (let row = 0; row < length; row++) {
      // Rows may touch: half a character at a row's end and half at the next one's start would
      // make a valid whole of two invalid rows.
      if ((bytes[starts[row]!]! & 0xc0) === 0x80) return false;
    }
    return isUtf8(bytes);
  }
}
