import type { RecordBatch, Schema } from "apache-arrow";
import { decodeArrow } from "../record/arrow/batch-builder.ts";
import { RecordError } from "../record/errors.ts";
import type { RecordBatch as Records } from "../record/record-batch.ts";
import { asTableBatch, withoutNewerColumns } from "./batch-shape.ts";

/**
 * Makes the rows of a table of the records of a batch, from row `first` on: Arrow batches with the
 * table's columns, which share no memory with the batch.
 * @throws RecordError when a record cannot be used. @throws ConfigError when its columns do not fit.
 */
export type RowDecoder = (records: Records, first: number) => RecordBatch[];

/**
 * For topics whose values are Arrow IPC streams of the table's columns, of this version of the program,
 * of an older one or of a newer one.
 */
export const arrowValues =
  (schema: Schema): RowDecoder =>
  (records, first) => {
    const decoded: RecordBatch[] = [];
    for (let i = first; i < records.length; i++) {
      for (const rows of decodeValue(records, i, schema)) decoded.push(rows);
    }
    return decoded;
  };

function decodeValue(records: Records, i: number, schema: Schema): RecordBatch[] {
  const { topic, partition, firstOffset, bytes, starts, ends } = records;
  const from = `${topic}-${partition} offset ${firstOffset + i}`;
  const value = bytes.subarray(starts[i], ends[i]);
  let decoded: RecordBatch[];
  try {
    // Columns are views of the value, so that it must begin where 64-bit numbers may lie.
    decoded = decodeArrow(value.byteOffset % 8 === 0 ? value : new Uint8Array(value));
  } catch (cause) {
    throw new RecordError(`${from}: the value is no Arrow IPC stream`, { cause });
  }
  // The decoder takes some kinds of rubbish for the end of a stream, and their rows would be lost.
  if (decoded.length === 0) throw new RecordError(`${from}: the value is no Arrow IPC stream`);
  return decoded.map((rows) => asTableBatch(withoutNewerColumns(rows, schema), schema, from));
}
