import { type Batch, MAIN } from "../operators/batch.ts";
import { ARROW_STREAM } from "../record/arrow/batch-builder.ts";
import type { RecordBatch } from "../record/record-batch.ts";
import type { Deserializer, OutgoingRecords, Serializer } from "../topology/topology.ts";

/** Rows as Arrow IPC streams: one record of a topic each. */
export interface ArrowRows {
  readonly batches: readonly Uint8Array[];
}

/** Each record's value is an IPC stream; copied, since Arrow wants its buffers aligned. */
export const arrowDeserializer: Deserializer<ArrowRows> = () => (records: RecordBatch) => {
  const { bytes, starts, ends, length, partition, timestampsMs } = records;
  const batches = Array.from({ length }, (_, i) => bytes.slice(starts[i], ends[i]));
  return {
    rows: { batches },
    length,
    partition,
    keys: null,
    timestampsMs,
    records,
    output: MAIN,
  };
};

/** One record for each IPC stream, in the partition of the batch. */
export const arrowSerializer: Serializer<ArrowRows> = (batch) => arrowRecords(batch);

function* arrowRecords({
  rows,
  partition,
  timestampsMs,
}: Batch<ArrowRows>): Generator<OutgoingRecords> {
  for (const [i, bytes] of rows.batches.entries()) {
    yield arrowRecord(partition, bytes, timestampsMs[i]!);
  }
}

/** An IPC stream as the only record of a batch. */
export const arrowRecord = (
  partition: number,
  bytes: Uint8Array,
  timestampMs: number,
): OutgoingRecords => ({
  partition,
  length: 1,
  bytes,
  starts: Int32Array.of(0),
  ends: Int32Array.of(bytes.length),
  keys: null,
  timestampsMs: Float64Array.of(timestampMs),
  ordinals: null,
  headers: { "content-type": ARROW_STREAM },
});
