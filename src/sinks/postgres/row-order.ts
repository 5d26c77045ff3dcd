import { type Data, DataType } from "apache-arrow";
import { NewestRows } from "../delta/newest-rows.ts";
import type { SourcedRows } from "./row-source.ts";

/** Rows of many batches in an order of their own: row i is row `rowOf[i]` of batch `batchOf[i]`. */
export interface OrderedRows {
  readonly batches: readonly SourcedRows[];
  readonly batchOf: Int32Array;
  readonly rowOf: Int32Array;
  readonly length: number;
}

/** How a table tells rows of one key apart: the one with the greater pair of integers is newer. */
export type Rank = readonly [string, string];

/**
 * The rows to be written: of each key the newest, sorted by key, because two transactions that took
 * the same rows in different orders would wait for each other. Without a rank all, as they came.
 */
export function orderRows(
  batches: readonly SourcedRows[],
  key: readonly string[],
  rank: Rank | null,
): OrderedRows {
  const total = batches.reduce((sum, { rows }) => sum + rows.numRows, 0);
  const batchOf = new Int32Array(total);
  const rowOf = new Int32Array(total);
  let at = 0;
  for (const [batch, { rows }] of batches.entries()) {
    for (let row = 0; row < rows.numRows; row++) {
      batchOf[at] = batch;
      rowOf[at++] = row;
    }
  }
  if (rank === null) return { batches, batchOf, rowOf, length: total };
  const order = newestByKey(batches, key, rank, sortKeys(batches, key[0]!, total));
  return {
    batches,
    batchOf: order.map((i) => batchOf[i]!),
    rowOf: order.map((i) => rowOf[i]!),
    length: order.length,
  };
}

function newestByKey(
  batches: readonly SourcedRows[],
  key: readonly string[],
  rank: Rank,
  keys: Float64Array,
): Int32Array {
  const newest = new NewestRows(key, rank);
  for (const { rows } of batches) newest.add(rows);
  const flags = newest.flags();
  const kept = new Int32Array(flags.length);
  let length = 0;
  for (let row = 0; row < flags.length; row++) if (flags[row] === 1) kept[length++] = row;
  return kept.subarray(0, length).sort((a, b) => keys[a]! - keys[b]! || a - b);
}

const TWO_32 = 4_294_967_296;

/** By what to sort: an integer key itself, of a text its first six bytes, which tell hashes apart. */
function sortKeys(batches: readonly SourcedRows[], column: string, total: number): Float64Array {
  const keys = new Float64Array(total);
  let at = 0;
  for (const { rows } of batches) {
    const data = rows.getChild(column)!.data[0]!;
    const read = DataType.isUtf8(data.type) ? textKeys(data) : int64Keys(data);
    for (let row = 0; row < rows.numRows; row++) keys[at++] = read(row);
  }
  return keys;
}

function int64Keys({ values, length }: Data): (row: number) => number {
  const { buffer, byteOffset } = values as BigInt64Array;
  const words = new Int32Array(buffer as ArrayBuffer, byteOffset, length * 2);
  return (row) => words[row * 2 + 1]! * TWO_32 + (words[row * 2]! >>> 0);
}

function textKeys({ values, valueOffsets }: Data): (row: number) => number {
  return (row) => {
    let key = 0;
    for (let i = valueOffsets[row]!, end = valueOffsets[row + 1]!, n = 0; n < 6; i++, n++) {
      key = key * 256 + (i < end ? values[i] : 0);
    }
    return key;
  };
}
