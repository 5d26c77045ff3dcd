import type { ByteColumn, Records, TopicPartition } from "../../record/record-batch.ts";
import type { SliceEnd } from "../../record/slice-end.ts";
import { compactColumn } from "../stored-rows.ts";
import { bodyOf, type Frame, type FrameHeader, frameOf, headerBytes } from "./frame.ts";

/**
 * The body of a frame of rows, in this order: timestamps (float64 each, unless they are all the
 * same), starts and ends of the values, ordinals, starts and ends of the keys (int32 each), headers
 * and end marker as JSON, the bytes of the values, the bytes of the keys. Rows are written as they
 * lie in the sender's buffer where they can be, and read as views of the frame: no copy, no object
 * per row.
 */
const oneTimestamp = 1;
const withOrdinals = 2;
const keysApart = 4;
/** Each key is a part of its own value, so only its place is written. */
const keysInValues = 8;

interface Meta {
  readonly headers: Readonly<Record<string, string>>;
  readonly control: SliceEnd | null;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const noBytes = new Uint8Array(0);

/** The row after the last which a frame that begins with row `from` takes: at least one. */
export function frameEnd(records: Records, from: number, bytesMax: number): number {
  const { starts, ends, keys, length } = records;
  let left = bytesMax;
  let to = from;
  for (; to < length; to++) {
    left -= ends[to]! - starts[to]! + 8;
    if (keys && keys.bytes !== records.bytes) left -= keys.ends[to]! - keys.starts[to]!;
    if (left < 0 && to > from) break;
  }
  return to;
}

/** Rows `from` to `to`, and the end marker when they reach the end. */
export function encodeRows(records: Records, from: number, to: number): Frame {
  const rows = to - from;
  const values = compactColumn(records, from, to);
  const inside = keysWithin(records, from, values);
  const keys = inside ?? (records.keys && compactColumn(records.keys, from, to));
  const timestampMs = sharedTimestamp(records.timestampsMs, from, to);
  const flags =
    (timestampMs === null ? 0 : oneTimestamp) |
    (records.ordinals ? withOrdinals : 0) |
    (inside ? keysInValues : keys ? keysApart : 0);
  const control = to === records.length ? records.control : null;
  const meta = encoder.encode(JSON.stringify({ headers: records.headers, control } satisfies Meta));
  const tableBytes = tablesOf(flags, rows).bytes;
  const first = new Uint8Array(headerBytes + tableBytes + meta.length);
  let at = headerBytes;
  if (timestampMs === null) {
    new Float64Array(first.buffer, at, rows).set(records.timestampsMs.subarray(from, to));
    at += rows * 8;
  }
  const put = (table: Int32Array): void => {
    new Int32Array(first.buffer, at, rows).set(table);
    at += rows * 4;
  };
  put(values.starts);
  put(values.ends);
  if (records.ordinals) put(records.ordinals.subarray(from, to));
  if (keys) put(keys.starts);
  if (keys) put(keys.ends);
  first.set(meta, at);
  const rest = [values.bytes, keys && !inside ? keys.bytes : noBytes];
  const header = {
    kind: "rows",
    flags,
    rows,
    metaBytes: meta.length,
    valueBytes: values.bytes.length,
    timestampMs: timestampMs ?? 0,
  } as const;
  return frameOf(
    header,
    first,
    rest.filter(({ length }) => length > 0),
  );
}

/** Rows as views of the frame, which begins its buffer. */
export function decodeRows(at: TopicPartition, frame: Uint8Array, header: FrameHeader): Records {
  const { flags, rows, metaBytes, valueBytes, timestampMs } = header;
  const body = bodyOf(frame, header);
  let position = headerBytes;
  const timestampsMs =
    flags & oneTimestamp
      ? new Float64Array(rows).fill(timestampMs)
      : new Float64Array(frame.buffer, position, rows);
  if (!(flags & oneTimestamp)) position += rows * 8;
  const take = (): Int32Array => {
    position += rows * 4;
    return new Int32Array(frame.buffer, position - rows * 4, rows);
  };
  const starts = take();
  const ends = take();
  const ordinals = flags & withOrdinals ? take() : null;
  const keyTables = flags & (keysApart | keysInValues) ? { starts: take(), ends: take() } : null;
  const metaAt = tablesOf(flags, rows).bytes;
  const valuesAt = metaAt + metaBytes;
  const meta: Meta = JSON.parse(decoder.decode(body.subarray(metaAt, valuesAt)));
  const bytes = body.subarray(valuesAt, valuesAt + valueBytes);
  const keyBytes = flags & keysInValues ? bytes : body.subarray(valuesAt + valueBytes);
  return {
    topic: at.topic,
    partition: at.partition,
    bytes,
    starts,
    ends,
    length: rows,
    keys: keyTables && { bytes: keyBytes, ...keyTables },
    timestampsMs,
    ordinals,
    headers: meta.headers,
    control: meta.control,
  };
}

function tablesOf(flags: number, rows: number): { bytes: number } {
  const float64s = flags & oneTimestamp ? 0 : 1;
  const int32s = 2 + (flags & withOrdinals ? 1 : 0) + (flags & (keysApart | keysInValues) ? 2 : 0);
  return { bytes: rows * (8 * float64s + 4 * int32s) };
}

/** Where the keys lie in the compact values, or null when they are not all parts of them. */
function keysWithin(records: Records, from: number, values: ByteColumn): ByteColumn | null {
  const { keys } = records;
  if (!keys || keys.bytes !== records.bytes) return null;
  const rows = values.starts.length;
  const starts = new Int32Array(rows);
  const ends = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    const row = from + i;
    if (keys.starts[row]! < records.starts[row]! || keys.ends[row]! > records.ends[row]!)
      return null;
    const by = values.starts[i]! - records.starts[row]!;
    starts[i] = keys.starts[row]! + by;
    ends[i] = keys.ends[row]! + by;
  }
  return { bytes: values.bytes, starts, ends };
}

/** The timestamp of all rows, or null when they differ. */
function sharedTimestamp(timestampsMs: Float64Array, from: number, to: number): number | null {
  const first = from < to ? timestampsMs[from]! : 0;
  for (let i = from + 1; i < to; i++) if (timestampsMs[i] !== first) return null;
  return first;
}
