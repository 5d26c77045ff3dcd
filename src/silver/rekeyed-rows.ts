import type { TsvRows } from "../gdelt/tsv-rows.ts";
import type { Batch } from "../operators/batch.ts";
import { partitionOf } from "../record/hash.ts";
import type { OutgoingRecords, Serializer } from "../topology/topology.ts";

/**
 * Rows of a feed as they are, each in the partition that Kafka's partitioner gives its key column, at
 * its event time. What a row's record had beside it is left behind: where it came from is only told
 * of rows that are refused, and these are refused before.
 */
export const rekeyedSerializer =
  (keyColumn: number): Serializer<TsvRows> =>
  (batch, partitions) =>
    rekeyed(batch, keyColumn, partitions);

function* rekeyed(
  { rows, length, timestampsMs }: Batch<TsvRows>,
  keyColumn: number,
  partitions: number,
): Generator<OutgoingRecords> {
  const { bytes } = rows;
  const chosen = new Int32Array(length);
  const counts = new Int32Array(partitions);
  const byteCounts = new Float64Array(partitions);
  for (let row = 0; row < length; row++) {
    const start = rows.fieldStart(row, keyColumn);
    const end = rows.fieldEnd(row, keyColumn);
    const partition = partitionOf(bytes, start, end, partitions);
    chosen[row] = partition;
    counts[partition]!++;
    byteCounts[partition]! += rows.rowEnd(row) - rows.rowStart(row);
  }
  const parts = Array.from(counts, (count, partition) => new Part(count, byteCounts[partition]!));
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row < length; row++) {
    parts[chosen[row]!]!.add(source, rows.rowStart(row), rows.rowEnd(row), timestampsMs[row]!);
  }
  for (const [partition, part] of parts.entries()) {
    if (part.length > 0) yield part.records(partition);
  }
}

/** The rows of one partition, copied: they wait for the commit. */
class Part {
  length = 0;
  private end = 0;
  private readonly bytes: Buffer;
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private readonly timestampsMs: Float64Array;

  constructor(rows: number, bytes: number) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.starts = new Int32Array(rows);
    this.ends = new Int32Array(rows);
    this.timestampsMs = new Float64Array(rows);
  }

  add(source: Buffer, start: number, end: number, timestampMs: number): void {
    const row = this.length++;
    this.starts[row] = this.end;
    this.end += source.copy(this.bytes, this.end, start, end);
    this.ends[row] = this.end;
    this.timestampsMs[row] = timestampMs;
  }

  records(partition: number): OutgoingRecords {
    const { length, bytes, starts, ends, timestampsMs } = this;
    return {
      ...{ partition, length, bytes, starts, ends, timestampsMs },
      ...{ keys: null, ordinals: null, headers: {} },
    };
  }
}
