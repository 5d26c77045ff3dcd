import { partitionOf } from "../record/hash.ts";
import type { Records } from "../record/record-batch.ts";
import type { SliceEnd } from "../record/slice-end.ts";

/** Rows which travel together: a log may have to hold as much at once. */
const RECORDS_BYTES_MAX = 1 << 20;

const NEWLINE = 10;
const TAB = 9;

/** Row i of a file is `bytes[starts[i]..ends[i])`, without its newline. */
export interface RowRanges {
  readonly length: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/**
 * The lines of a file. The last one may lack its newline; empty lines at the very end are none,
 * empty lines elsewhere are rows, so that whoever cannot parse them can say where they are.
 */
export function splitRows(bytes: Buffer): RowRanges {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === NEWLINE) end--;
  let starts = new Int32Array(16 + (end >>> 8));
  let length = 0;
  for (let at = 0; at < end; length++) {
    if (length === starts.length) starts = grown(starts);
    starts[length] = at;
    const newline = bytes.indexOf(NEWLINE, at);
    at = newline === -1 ? end : newline + 1;
  }
  // A row ends one before the next begins.
  const ends = new Int32Array(length);
  for (let i = 1; i < length; i++) ends[i - 1] = starts[i]! - 1;
  if (length > 0) ends[length - 1] = end;
  return { length, starts: starts.subarray(0, length), ends };
}

function grown(table: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(table.length * 2);
  larger.set(table);
  return larger;
}

export interface FeedRowsSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly keyColumn: number;
  readonly bytes: Buffer;
  readonly sliceMs: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The end marker of a partition which gets so many of the rows. */
  readonly endOf: (rows: number) => SliceEnd;
}

/**
 * What has to be sent for a feed's file: per partition its rows in the file's order, the last of
 * them with the end marker; a partition without rows gets its marker alone. Rows stay where they
 * are in the file's buffer, `ordinals` are their numbers in the file, and the keys are the parts of
 * the rows which decide on their partition.
 */
export function feedRecords(spec: FeedRowsSpec): { rows: number; records: Records[] } {
  const { bytes, topic, partitions } = spec;
  const rows = splitRows(bytes);
  const sorted = sortByPartition(rows, spec);
  const timestampsMs = new Float64Array(rows.length).fill(spec.sliceMs);
  const records: Records[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const first = sorted.bounds[partition]!;
    const last = sorted.bounds[partition + 1]!;
    let from = first;
    do {
      const to = cut(sorted, from, last);
      records.push({
        topic,
        partition,
        bytes,
        starts: sorted.starts.subarray(from, to),
        ends: sorted.ends.subarray(from, to),
        length: to - from,
        keys: {
          bytes,
          starts: sorted.keyStarts.subarray(from, to),
          ends: sorted.keyEnds.subarray(from, to),
        },
        timestampsMs: timestampsMs.subarray(from, to),
        ordinals: sorted.ordinals.subarray(from, to),
        headers: spec.headers,
        control: to === last ? spec.endOf(last - first) : null,
      });
      from = to;
    } while (from < last);
  }
  return { rows: rows.length, records };
}

interface SortedRows extends RowRanges {
  readonly ordinals: Int32Array;
  /** Where in the rows their keys are. */
  readonly keyStarts: Int32Array;
  readonly keyEnds: Int32Array;
  /** Partition p has the rows from `bounds[p]` to `bounds[p + 1]`. */
  readonly bounds: Int32Array;
}

/** A counting sort: rows of a partition side by side, in the file's order. */
function sortByPartition(
  rows: RowRanges,
  { bytes, partitions, keyColumn }: FeedRowsSpec,
): SortedRows {
  const { length } = rows;
  const keys = { starts: new Int32Array(length), ends: new Int32Array(length) };
  const partitionOfRow = new Int32Array(length);
  const bounds = new Int32Array(partitions + 1);
  for (let i = 0; i < length; i++) {
    findKey(bytes, rows, i, keyColumn, keys);
    const partition = partitionOf(bytes, keys.starts[i]!, keys.ends[i]!, partitions);
    partitionOfRow[i] = partition;
    bounds[partition + 1]!++;
  }
  for (let p = 0; p < partitions; p++) bounds[p + 1]! += bounds[p]!;
  const next = bounds.slice();
  const sorted = {
    length,
    starts: new Int32Array(length),
    ends: new Int32Array(length),
    ordinals: new Int32Array(length),
    keyStarts: new Int32Array(length),
    keyEnds: new Int32Array(length),
    bounds,
  };
  for (let i = 0; i < length; i++) {
    const to = next[partitionOfRow[i]!]!++;
    sorted.starts[to] = rows.starts[i]!;
    sorted.ends[to] = rows.ends[i]!;
    sorted.ordinals[to] = i;
    sorted.keyStarts[to] = keys.starts[i]!;
    sorted.keyEnds[to] = keys.ends[i]!;
  }
  return sorted;
}

/** The key column of a row; of one which lacks the column, all its bytes. */
function findKey(
  bytes: Uint8Array,
  { starts, ends }: RowRanges,
  row: number,
  keyColumn: number,
  keys: { readonly starts: Int32Array; readonly ends: Int32Array },
): void {
  const end = ends[row]!;
  let from = starts[row]!;
  keys.starts[row] = from;
  keys.ends[row] = end;
  for (let column = 0; column < keyColumn; column++) {
    while (from < end && bytes[from] !== TAB) from++;
    if (from === end) return;
    from++;
  }
  let to = from;
  while (to < end && bytes[to] !== TAB) to++;
  keys.starts[row] = from;
  keys.ends[row] = to;
}

/** Where the rows from `from` on have to be cut: after at most 1 MB of them, but at least one. */
function cut({ starts, ends }: RowRanges, from: number, last: number): number {
  let bytes = 0;
  for (let i = from; i < last; i++) {
    bytes += ends[i]! - starts[i]!;
    if (bytes > RECORDS_BYTES_MAX && i > from) return i;
  }
  return last;
}
