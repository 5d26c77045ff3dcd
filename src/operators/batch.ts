import type { ByteColumn, RecordBatch } from "../record/record-batch.ts";

/** The output of an operator that has only one. */
export const MAIN = "main";

/**
 * What flows: rows of one partition, in a container `R` of the author's choice. Raw bytes with a
 * table of fields, an Arrow batch, or `ValueRows` of plain objects where speed does not matter.
 * Valid while it is being passed on: an operator that keeps anything copies it.
 */
export interface Batch<R> {
  readonly rows: R;
  readonly length: number;
  /** The task's partition; for what goes to a repartition topic, the partition it goes to. */
  readonly partition: number;
  /** Grouping keys, once something has set them. */
  readonly keys: ByteColumn | null;
  /** Event time of each row, milliseconds since the epoch. */
  readonly timestampsMs: Float64Array;
  /** Where the rows came from, while they still are those rows one by one. */
  readonly records: RecordBatch | null;
  /** Which output of its operator the batch belongs to. */
  readonly output: string;
}

/** A container from which rows can be chosen. */
export interface Takeable {
  /** A container of just these rows, in this order. */
  take(rows: Int32Array): Takeable;
}

/** Rows that the general operators can handle: one value a row, and a choice of rows. */
export interface Rows<V> extends Takeable {
  at(row: number): V;
  take(rows: Int32Array): Rows<V>;
}

/** Plain values: convenient, and an object per row. */
export class ValueRows<V> implements Rows<V> {
  readonly values: readonly V[];

  constructor(values: readonly V[]) {
    this.values = values;
  }

  at(row: number): V {
    return this.values[row]!;
  }

  take(rows: Int32Array): ValueRows<V> {
    return new ValueRows(Array.from(rows, (row) => this.values[row]!));
  }
}

/** The rows of a batch at the given places, with their keys and times. */
export function takeRows<R extends Takeable>(batch: Batch<R>, rows: Int32Array): Batch<R> {
  const { keys, timestampsMs } = batch;
  return {
    ...batch,
    rows: batch.rows.take(rows) as R,
    length: rows.length,
    keys: keys && {
      bytes: keys.bytes,
      starts: Int32Array.from(rows, (row) => keys.starts[row]!),
      ends: Int32Array.from(rows, (row) => keys.ends[row]!),
    },
    timestampsMs: Float64Array.from(rows, (row) => timestampsMs[row]!),
    records: null,
  };
}

/** Values with keys as one batch; for operators that make new rows. */
export function valueBatch<V>(
  values: readonly V[],
  from: {
    readonly partition: number;
    readonly keys: ByteColumn | null;
    readonly timestampsMs: Float64Array;
    readonly output?: string;
  },
): Batch<ValueRows<V>> {
  return {
    rows: new ValueRows(values),
    length: values.length,
    partition: from.partition,
    keys: from.keys,
    timestampsMs: from.timestampsMs,
    records: null,
    output: from.output ?? MAIN,
  };
}

/** Byte strings as one column. */
export function byteColumn(values: readonly Uint8Array[]): ByteColumn {
  const starts = new Int32Array(values.length);
  const ends = new Int32Array(values.length);
  let at = 0;
  for (const [i, value] of values.entries()) {
    starts[i] = at;
    at += value.length;
    ends[i] = at;
  }
  return { bytes: Buffer.concat(values), starts, ends };
}

/** A key as text that is equal where the bytes are equal. */
export const keyText = ({ bytes, starts, ends }: ByteColumn, row: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(
    "latin1",
    starts[row],
    ends[row],
  );
