import { type Data, DataType, makeData, RecordBatch, Struct } from "apache-arrow";

/**
 * The given rows of a batch, in the given order, copied column by column: no object per row.
 * Neighbouring rows are copied together.
 */
export function takeRows(batch: RecordBatch, rows: Int32Array): RecordBatch {
  const children = batch.data.children.map((column) => take(column, rows));
  const type = new Struct(batch.schema.fields);
  return new RecordBatch(
    batch.schema,
    makeData({ type, length: rows.length, nullCount: 0, children }),
  );
}

function take(data: Data, rows: Int32Array): Data {
  const { type } = data;
  const shared = { type, length: rows.length, ...takeValidity(data, rows) };
  if (DataType.isStruct(type)) {
    return makeData({
      ...shared,
      children: data.children.map((child) => take(child, rows)),
    } as never);
  }
  if (DataType.isBool(type)) {
    return makeData({ ...shared, data: takeBits(data.values, data.offset, rows) } as never);
  }
  if (DataType.isList(type) || DataType.isMap(type)) {
    const { offsets, ranges } = takeOffsets(data, rows);
    const items = new Int32Array(Number(offsets[rows.length]!));
    let at = 0;
    for (const [start, end] of ranges) for (let i = start; i < end; i++) items[at++] = i;
    const child = take(data.children[0]!, items);
    return makeData({ ...shared, valueOffsets: offsets, child } as never);
  }
  if (data.valueOffsets !== undefined) {
    const { offsets, ranges } = takeOffsets(data, rows);
    const bytes = new Uint8Array(Number(offsets[rows.length]!));
    let at = 0;
    for (const [start, end] of ranges) {
      bytes.set((data.values as Uint8Array).subarray(start, end), at);
      at += end - start;
    }
    return makeData({ ...shared, valueOffsets: offsets, data: bytes } as never);
  }
  // A dictionary's indices are its values; the dictionary itself stays whole.
  const dictionary = data.dictionary;
  return makeData({ ...shared, data: takeFixed(data, rows), dictionary } as never);
}

function takeValidity(data: Data, rows: Int32Array) {
  if (data.nullCount === 0) return { nullCount: 0 };
  // The count is worked out from the bits when somebody asks.
  return { nullCount: -1, nullBitmap: takeBits(data.nullBitmap, data.offset, rows) };
}

function takeBits(bits: Uint8Array, offset: number, rows: Int32Array): Uint8Array {
  const taken = new Uint8Array((rows.length + 7) >> 3);
  for (let i = 0; i < rows.length; i++) {
    const from = offset + rows[i]!;
    if ((bits[from >> 3]! >> (from & 7)) & 1) taken[i >> 3]! |= 1 << (i & 7);
  }
  return taken;
}

interface TakenOffsets {
  readonly offsets: Int32Array | BigInt64Array;
  /** Ranges of the values to copy, in order; those of neighbouring rows are one. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
}

function takeOffsets(data: Data, rows: Int32Array): TakenOffsets {
  const from = data.valueOffsets as Int32Array | BigInt64Array;
  const wide = from instanceof BigInt64Array;
  const offsets = wide ? new BigInt64Array(rows.length + 1) : new Int32Array(rows.length + 1);
  const ranges: [number, number][] = [];
  let last: [number, number] | undefined;
  let length = 0;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    const start = Number(from[row]!);
    const end = Number(from[row + 1]!);
    length += end - start;
    offsets[i + 1] = wide ? BigInt(length) : length;
    if (start === end) continue;
    if (last !== undefined && last[1] === start) last[1] = end;
    else {
      last = [start, end];
      ranges.push(last);
    }
  }
  return { offsets, ranges };
}

function takeFixed({ values, stride }: Data, rows: Int32Array): ArrayBufferView {
  // Whole values of one to sixteen bytes as words of one or four: no BigInt is ever made.
  const bytes = stride * (values as Uint8Array).BYTES_PER_ELEMENT;
  const wordBytes = bytes % 4 === 0 ? 4 : bytes % 2 === 0 ? 2 : 1;
  const Words = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[wordBytes];
  const { buffer, byteOffset, byteLength } = values as Uint8Array;
  const from = new Words(buffer as ArrayBuffer, byteOffset, byteLength / wordBytes);
  const perValue = bytes / wordBytes;
  const taken = new Words(rows.length * perValue);
  for (let i = 0, at = 0; i < rows.length; i++) {
    const first = rows[i]! * perValue;
    for (let word = 0; word < perValue; word++) taken[at++] = from[first + word]!;
  }
  const Values = values.constructor as Float64ArrayConstructor;
  return new Values(taken.buffer as ArrayBuffer, 0, rows.length * stride);
}
