import type { RecordBatch } from "apache-arrow";
import { readParquet as readIntoWasm } from "parquet-wasm/node";
import { decodeArrow } from "../../record/arrow/batch-builder.ts";
import { readFooter } from "./parquet-footer.ts";

/**
 * Rows that cross into JavaScript at a time, and about how many bytes: they are in WebAssembly's memory, which
 * only grows, in the column's form and in that of the crossing.
 */
const BATCH_ROWS = 4096;
const BATCH_BYTES = 8 << 20;

/**
 * The rows of a Parquet file as Arrow batches, one row group in memory at a time. Always all of the
 * columns: the library ignores `columns` here. Its streams would not, and would hold less, but on a
 * damaged page they take the process down, where this throws.
 */
export function* readParquet(bytes: Uint8Array): Generator<RecordBatch> {
  for (const [group, { num_rows: rows, total_byte_size: size }] of readFooter(
    bytes,
  ).row_groups.entries()) {
    const fitting = Math.ceil((Number(rows) * BATCH_BYTES) / Number(size));
    const batchSize = Math.min(BATCH_ROWS, fitting);
    const table = readIntoWasm(bytes, { batchSize, rowGroups: [group] });
    let read = 0;
    try {
      for (let i = 0; i < table.numBatches; i++) {
        const batch = table.recordBatch(i)!;
        read += batch.numRows;
        // Consumes the batch, which shares the table's columns: only the table is ours to free.
        yield* decodeArrow(batch.intoIPCStream());
      }
    } finally {
      table.free();
    }
    if (BigInt(read) !== rows) throw new Error(`row group ${group}: ${read} rows read of ${rows}`);
  }
}
