import { type Batch, byteColumn, type Rows, valueBatch } from "./batch.ts";

/** Rows of one batch at most: what a close emits is not held in memory as a whole. */
const BATCH_ROWS_MAX = 1024;

/** Gathers new rows, each with its key and time, into batches of bounded size. */
export class RowBuffer<V> {
  private readonly partition: number;
  private values: V[] = [];
  private keys: Uint8Array[] = [];
  private timestampsMs: number[] = [];

  constructor(partition: number) {
    this.partition = partition;
  }

  push(value: V, key: Uint8Array, timestampMs: number): void {
    this.values.push(value);
    this.keys.push(key);
    this.timestampsMs.push(timestampMs);
  }

  get isFull(): boolean {
    return this.values.length >= BATCH_ROWS_MAX;
  }

  /** The rows so far, if there are any, and an empty buffer again. */
  take(): Batch<Rows<V>>[] {
    const { values, keys, timestampsMs, partition } = this;
    if (values.length === 0) return [];
    this.values = [];
    this.keys = [];
    this.timestampsMs = [];
    return [
      valueBatch(values, {
        partition,
        keys: byteColumn(keys),
        timestampsMs: Float64Array.from(timestampsMs),
      }),
    ];
  }
}
