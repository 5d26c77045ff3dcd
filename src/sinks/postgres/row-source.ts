import type { RecordBatch } from "apache-arrow";
import type { RecordBatch as Records } from "../../record/record-batch.ts";
import type { RowDecoder } from "../row-decoder.ts";

/** Rows with where they came from, so that one that is refused can be named. */
export interface SourcedRows {
  readonly rows: RecordBatch;
  /** Offset of their record. */
  readonly offset: number;
  /** Rows of that record that lie in batches before this one. */
  readonly before: number;
}

/** Decodes record by record. */
export function sourcedRows(decode: RowDecoder, records: Records, first: number): SourcedRows[] {
  const found: SourcedRows[] = [];
  for (let i = first; i < records.length; i++) {
    const offset = records.firstOffset + i;
    let before = 0;
    for (const rows of decode(oneRecord(records, i), 0)) {
      found.push({ rows, offset, before });
      before += rows.numRows;
    }
  }
  return found;
}

const oneRecord = (records: Records, i: number): Records => ({
  ...records,
  starts: records.starts.subarray(i, i + 1),
  ends: records.ends.subarray(i, i + 1),
  length: 1,
  keys: null,
  timestampsMs: records.timestampsMs.subarray(i, i + 1),
  ordinals: records.ordinals?.subarray(i, i + 1) ?? null,
  firstOffset: records.firstOffset + i,
  nextOffset: records.firstOffset + i + 1,
});
