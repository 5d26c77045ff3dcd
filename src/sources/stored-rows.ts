import type { ByteColumn, RecordBatch, Records } from "../record/record-batch.ts";

/**
 * What both embedded logs do with rows: lay them end to end when they are stored, and cut a batch
 * out of what was stored when they are read. Offsets: row i of a stored batch is `firstOffset + i`,
 * and an end marker takes the offset after the last row.
 */

/** Offsets that `records` take up. */
export const offsetsOf = (records: Records): number =>
  records.length + (records.control === null ? 0 : 1);

/**
 * Rows `from` to `to` of a column, with tables that begin at 0 and only grow. Rows that lie end to
 * end already, or almost, as the lines of a file do, stay where they are: the result is a view.
 */
export function compactColumn(column: ByteColumn, from: number, to: number): ByteColumn {
  const { bytes, starts, ends } = column;
  let used = 0;
  let ordered = true;
  let last = from < to ? starts[from]! : 0;
  const base = last;
  for (let i = from; i < to; i++) {
    const start = starts[i]!;
    if (start < last) ordered = false;
    last = ends[i]!;
    used += last - start;
  }
  const span = last - base;
  if (!ordered || span - used > span >>> 3) return gather(column, from, to, used);
  const view = bytes.subarray(base, base + span);
  return { bytes: view, starts: moved(starts, from, to, base), ends: moved(ends, from, to, base) };
}

function gather(column: ByteColumn, from: number, to: number, bytes: number): ByteColumn {
  const target = new Uint8Array(bytes);
  const starts = new Int32Array(to - from);
  const ends = new Int32Array(to - from);
  // A plain view: `subarray` of a Node buffer costs several times as much.
  const { buffer, byteOffset, byteLength } = column.bytes;
  const all = new Uint8Array(buffer, byteOffset, byteLength);
  let at = 0;
  for (let i = from; i < to; i++) {
    const source = all.subarray(column.starts[i]!, column.ends[i]!);
    starts[i - from] = at;
    target.set(source, at);
    at += source.length;
    ends[i - from] = at;
  }
  return { bytes: target, starts, ends };
}

function moved(table: Int32Array, from: number, to: number, base: number): Int32Array {
  const part = table.slice(from, to);
  if (base !== 0) for (let i = 0; i < part.length; i++) part[i] = part[i]! - base;
  return part;
}

/**
 * The batch that starts at `offset` inside of `stored`: as many rows as fit `bytesMax`, but at
 * least one; the end marker if the last row is among them. `stored` has to be compact.
 */
export function batchAt(
  stored: Records,
  firstOffset: number,
  offset: number,
  bytesMax: number,
): RecordBatch {
  const from = offset - firstOffset;
  const to = rowsThatFit(stored, from, bytesMax);
  const control = to === stored.length ? stored.control : null;
  const whole = from === 0 && to === stored.length;
  const values = whole ? stored : cut(stored, from, to);
  return {
    topic: stored.topic,
    partition: stored.partition,
    bytes: values.bytes,
    starts: values.starts,
    ends: values.ends,
    length: to - from,
    keys: whole || stored.keys === null ? stored.keys : cut(stored.keys, from, to),
    timestampsMs: whole ? stored.timestampsMs : stored.timestampsMs.subarray(from, to),
    ordinals: whole ? stored.ordinals : (stored.ordinals?.subarray(from, to) ?? null),
    headers: stored.headers,
    control,
    firstOffset: offset,
    nextOffset: firstOffset + to + (control === null ? 0 : 1),
  };
}

function rowsThatFit({ starts, ends, length }: Records, from: number, bytesMax: number): number {
  if (from >= length) return length;
  const limit = starts[from]! + bytesMax;
  if (ends[length - 1]! <= limit) return length;
  let low = from + 1;
  let high = length;
  // Rows before `low` fit, the one before `high` does not.
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (ends[middle - 1]! <= limit) low = middle;
    else high = middle;
  }
  return low;
}

function cut({ bytes, starts, ends }: ByteColumn, from: number, to: number): ByteColumn {
  if (from >= to) {
    return {
      bytes: bytes.subarray(0, 0),
      starts: starts.subarray(0, 0),
      ends: ends.subarray(0, 0),
    };
  }
  const base = starts[from]!;
  return {
    bytes: bytes.subarray(base, ends[to - 1]!),
    starts: moved(starts, from, to, base),
    ends: moved(ends, from, to, base),
  };
}

/** The newest event time of the rows, or -Infinity when there is none. */
export function newestTimestampMs({ timestampsMs, length }: Records): number {
  let newest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) if (timestampsMs[i]! > newest) newest = timestampsMs[i]!;
  return newest;
}
