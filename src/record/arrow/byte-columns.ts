import { Binary, type Data, type DataType, makeData, makeVector, Utf8 } from "apache-arrow";
import { Column, grown } from "./column.ts";

const encoder = new TextEncoder();

/** Byte strings end to end; the base of text, binary and lists of text. */
class ByteStrings {
  offsets = new Int32Array(64);
  bytes = new Uint8Array(1024);
  count = 0;

  append(bytes: Uint8Array, start: number, end: number): void {
    const from = this.offsets[this.count]!;
    const length = end - start;
    this.reserve(from + length);
    const target = this.bytes;
    // Below about 48 bytes a loop beats the call into native code.
    if (length > 48) target.set(bytes.subarray(start, end), from);
    else for (let i = 0; i < length; i++) target[from + i] = bytes[start + i]!;
    this.end(from + length);
  }

  appendString(text: string): void {
    const from = this.offsets[this.count]!;
    this.reserve(from + text.length * 3);
    const { written } = encoder.encodeInto(text, this.bytes.subarray(from));
    this.end(from + written);
  }

  private reserve(length: number): void {
    if (length > this.bytes.length) this.bytes = grown(this.bytes, length);
  }

  private end(at: number): void {
    if (++this.count === this.offsets.length) this.offsets = grown(this.offsets, this.count + 1);
    this.offsets[this.count] = at;
  }

  clear(): void {
    this.count = 0;
  }
}

/** UTF-8 text or binary. */
export class BytesColumn extends Column {
  private readonly strings = new ByteStrings();
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(bytes: Uint8Array, start: number, end: number): void {
    this.strings.append(bytes, start, end);
    this.markValid();
  }

  /** An empty range is null: GDELT has no empty strings, only absent ones. */
  appendOrNull(bytes: Uint8Array, start: number, end: number): void {
    if (start === end) this.appendNull();
    else this.append(bytes, start, end);
  }

  appendString(text: string): void {
    this.strings.appendString(text);
    this.markValid();
  }

  appendNull(): void {
    this.strings.append(this.strings.bytes, 0, 0);
    this.markNull();
  }

  data(): Data {
    const { offsets, bytes } = this.strings;
    return this.dataOf(this.type, {
      valueOffsets: offsets.subarray(0, this.length + 1),
      data: bytes.subarray(0, offsets[this.length]),
    });
  }

  override clear(): void {
    super.clear();
    this.strings.clear();
  }
}

/** Lists of text: `item` each element, then `endList` (or `appendNull`). */
export class TextListColumn extends Column {
  private readonly items = new ByteStrings();
  private listOffsets = new Int32Array(64);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  item(bytes: Uint8Array, start: number, end: number): void {
    this.items.append(bytes, start, end);
  }

  endList(): void {
    this.markValid();
    this.mark();
  }

  appendNull(): void {
    this.markNull();
    this.mark();
  }

  private mark(): void {
    if (this.length >= this.listOffsets.length) {
      this.listOffsets = grown(this.listOffsets, this.length + 1);
    }
    this.listOffsets[this.length] = this.items.count;
  }

  data(): Data {
    const { offsets, bytes, count } = this.items;
    const child = makeData({
      type: new Utf8(),
      length: count,
      nullCount: 0,
      valueOffsets: offsets.subarray(0, count + 1),
      data: bytes.subarray(0, offsets[count]),
    });
    return this.dataOf(this.type, {
      valueOffsets: this.listOffsets.subarray(0, this.length + 1),
      child,
    });
  }

  override clear(): void {
    super.clear();
    this.items.clear();
  }
}

/** Binary values which many rows share: each travels once per batch. */
export class BinaryDictionaryColumn extends Column {
  private readonly values = new ByteStrings();
  private indices = new Int32Array(64);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  /** Adds a value; its index goes to `append`. */
  value(bytes: Uint8Array, start: number, end: number): number {
    this.values.append(bytes, start, end);
    return this.values.count - 1;
  }

  append(index: number): void {
    this.put(index);
    this.markValid();
  }

  appendNull(): void {
    this.put(0);
    this.markNull();
  }

  private put(index: number): void {
    if (this.length === this.indices.length) this.indices = grown(this.indices, this.length + 1);
    this.indices[this.length] = index;
  }

  data(): Data {
    const { offsets, bytes, count } = this.values;
    const dictionary = makeVector(
      makeData({
        type: new Binary(),
        length: count,
        nullCount: 0,
        valueOffsets: offsets.subarray(0, count + 1),
        data: bytes.subarray(0, offsets[count]),
      }),
    );
    return this.dataOf(this.type, {
      data: this.indices.subarray(0, this.length),
      dictionary,
    });
  }

  override clear(): void {
    super.clear();
    this.values.clear();
  }
}
