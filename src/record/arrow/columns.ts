import {
  Binary,
  type Data,
  type DataType,
  type Dictionary,
  type Field,
  type Int32,
  makeData,
  makeVector,
  TimeUnit,
  Type,
  Utf8,
} from "apache-arrow";

/**
 * Arrow columns filled from bytes and numbers: typed arrays that grow, no value objects, no
 * arrow-js builders (measured five times the cost of the Parquet write that follows). `data()` is a
 * view of the live buffers, valid until the next `clear()`.
 */
export abstract class Column {
  length = 0;
  nullCount = 0;
  private validity = new Uint8Array(16);

  protected markValid(): void {
    const at = this.length++;
    if (at >> 3 >= this.validity.length) this.validity = grown(this.validity, (at >> 3) + 1);
    this.validity[at >> 3]! |= 1 << (at & 7);
  }

  protected markNull(): void {
    const at = this.length++;
    if (at >> 3 >= this.validity.length) this.validity = grown(this.validity, (at >> 3) + 1);
    this.nullCount++;
  }

  protected nullBitmap(): Uint8Array | null {
    return this.nullCount === 0 ? null : this.validity.subarray(0, (this.length + 7) >> 3);
  }

  protected clearValidity(): void {
    this.validity.fill(0, 0, (this.length + 7) >> 3);
    this.length = 0;
    this.nullCount = 0;
  }

  abstract appendNull(): void;
  abstract data(): Data;
  abstract clear(): void;
}

type Growable = Uint8Array | Int32Array | Float64Array;

/** A copy of at least `length` elements, at least doubled. */
export function grown<A extends Growable>(array: A, length: number): A {
  const next = new (array.constructor as new (n: number) => A)(Math.max(length, array.length * 2));
  next.set(array as never);
  return next;
}

/** 32-bit integers and day numbers. */
export class Int32Column extends Column {
  private values = new Int32Array(64);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(value: number): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = value;
    this.markValid();
  }

  appendNull(): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = 0;
    this.markNull();
  }

  data(): Data {
    return makeData({
      type: this.type as Int32,
      length: this.length,
      nullCount: this.nullCount,
      nullBitmap: this.nullBitmap(),
      data: this.values.subarray(0, this.length),
    });
  }

  clear(): void {
    this.clearValidity();
  }
}

const TWO_32 = 4_294_967_296;

/** 64-bit integers from doubles (exact to 2^53), and timestamps in ms: `scale` 1000 stores µs. */
export class Int64Column extends Column {
  private words = new Int32Array(128);
  private readonly type: DataType;
  private readonly scale: number;

  constructor(type: DataType, scale = 1) {
    super();
    this.type = type;
    this.scale = scale;
  }

  append(value: number): void {
    const scaled = value * this.scale;
    const at = this.length * 2;
    if (at === this.words.length) this.words = grown(this.words, at + 2);
    const high = Math.floor(scaled / TWO_32);
    this.words[at] = scaled - high * TWO_32;
    this.words[at + 1] = high;
    this.markValid();
  }

  appendNull(): void {
    const at = this.length * 2;
    if (at === this.words.length) this.words = grown(this.words, at + 2);
    this.words[at] = 0;
    this.words[at + 1] = 0;
    this.markNull();
  }

  data(): Data {
    return makeData({
      type: this.type as never,
      length: this.length,
      nullCount: this.nullCount,
      nullBitmap: this.nullBitmap(),
      data: new BigInt64Array(this.words.buffer, 0, this.length),
    } as never);
  }

  clear(): void {
    this.clearValidity();
  }
}

export class Float64Column extends Column {
  private values = new Float64Array(64);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(value: number): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = value;
    this.markValid();
  }

  appendNull(): void {
    if (this.length === this.values.length) this.values = grown(this.values, this.length + 1);
    this.values[this.length] = 0;
    this.markNull();
  }

  data(): Data {
    return makeData({
      type: this.type as never,
      length: this.length,
      nullCount: this.nullCount,
      nullBitmap: this.nullBitmap(),
      data: this.values.subarray(0, this.length),
    } as never);
  }

  clear(): void {
    this.clearValidity();
  }
}

export class BoolColumn extends Column {
  private bits = new Uint8Array(16);
  private readonly type: DataType;

  constructor(type: DataType) {
    super();
    this.type = type;
  }

  append(value: boolean): void {
    const at = this.length;
    if (at >> 3 >= this.bits.length) this.bits = grown(this.bits, (at >> 3) + 1);
    if (value) this.bits[at >> 3]! |= 1 << (at & 7);
    else this.bits[at >> 3]! &= ~(1 << (at & 7));
    this.markValid();
  }

  appendNull(): void {
    this.append(false);
    this.length--;
    this.markNull();
  }

  data(): Data {
    return makeData({
      type: this.type as never,
      length: this.length,
      nullCount: this.nullCount,
      nullBitmap: this.nullBitmap(),
      data: this.bits.subarray(0, (this.length + 7) >> 3),
    } as never);
  }

  clear(): void {
    this.clearValidity();
  }
}

const encoder = new TextEncoder();

/** Byte strings end to end; the base of text, binary and lists of text. */
export class ByteStrings {
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
    return makeData({
      type: this.type as never,
      length: this.length,
      nullCount: this.nullCount,
      nullBitmap: this.nullBitmap(),
      valueOffsets: offsets.subarray(0, this.length + 1),
      data: bytes.subarray(0, offsets[this.length]),
    } as never);
  }

  clear(): void {
    this.strings.clear();
    this.clearValidity();
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
    return makeData({
      type: this.type as never,
      length: this.length,
      nullCount: this.nullCount,
      nullBitmap: this.nullBitmap(),
      valueOffsets: this.listOffsets.subarray(0, this.length + 1),
      child,
    } as never);
  }

  clear(): void {
    this.items.clear();
    this.clearValidity();
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
    if (this.length === this.indices.length) this.indices = grown(this.indices, this.length + 1);
    this.indices[this.length] = index;
    this.markValid();
  }

  appendNull(): void {
    this.append(0);
    this.length--;
    this.nullCount++;
    this.length++;
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
    return makeData({
      type: this.type as Dictionary<Binary, Int32>,
      length: this.length,
      nullCount: 0,
      data: this.indices.subarray(0, this.length),
      dictionary,
    });
  }

  clear(): void {
    this.values.clear();
    this.clearValidity();
  }
}

/** The column that fills a field of that type. */
export function columnFor({ type, name }: Field): Column {
  switch (type.typeId) {
    case Type.Int:
      return type.bitWidth === 64 ? new Int64Column(type) : new Int32Column(type);
    case Type.Date:
      return new Int32Column(type);
    case Type.Timestamp:
      return new Int64Column(type, type.unit === TimeUnit.MICROSECOND ? 1000 : 1);
    case Type.Float:
      return new Float64Column(type);
    case Type.Bool:
      return new BoolColumn(type);
    case Type.Utf8:
    case Type.Binary:
      return new BytesColumn(type);
    case Type.List:
      return new TextListColumn(type);
    case Type.Dictionary:
      return new BinaryDictionaryColumn(type);
    default:
      throw new TypeError(`column ${name}: no builder for Arrow type ${type}`);
  }
}
