import { byteColumn } from "../../src/operators/batch.ts";
import type { RecordBatch } from "../../src/record/record-batch.ts";

/** Records of topic `raw`, partition 0, as a reader hands them out; the time of a row is its place. */
export function recordsOf(
  values: readonly (string | Uint8Array)[],
  firstOffset: number,
  keys: readonly string[] | null = null,
): RecordBatch {
  const bytes = values.map((value) => (typeof value === "string" ? Buffer.from(value) : value));
  return {
    topic: "raw",
    partition: 0,
    length: values.length,
    ...byteColumn(bytes),
    keys: keys && byteColumn(keys.map((key) => Buffer.from(key))),
    timestampsMs: Float64Array.from(values, (_, i) => i),
    ordinals: null,
    headers: {},
    control: null,
    firstOffset,
    nextOffset: firstOffset + values.length,
  };
}
