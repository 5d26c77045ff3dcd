import type { RecordBatch } from "apache-arrow";
import { ParquetFile, type RecordBatch as WasmBatch } from "parquet-wasm/node";
import { decodeArrow } from "../../record/arrow/batch-builder.ts";

/** Rows decoded at a time: what bounds the memory, however large a row group is. */
const BATCH_ROWS = 4096;

/** The rows of a Parquet file as Arrow batches; all columns, or flat ones by name. */
export async function* readParquet(
  bytes: Uint8Array,
  columns?: readonly string[],
): AsyncGenerator<RecordBatch> {
  const file = await ParquetFile.fromFile(new Blob([bytes as Uint8Array<ArrayBuffer>]));
  try {
    const options = { batchSize: BATCH_ROWS, ...(columns ? { columns: [...columns] } : {}) };
    const batches = (await file.stream(options)) as AsyncIterable<WasmBatch>;
    let rows = 0;
    for await (const batch of batches) {
      rows += batch.numRows;
      // Consumes the batch: nothing to free.
      yield* decodeArrow(batch.intoIPCStream());
    }
    // The library ends its streams early when something fails in them.
    const expected = rowsInFooter(file);
    if (rows !== expected) throw new Error(`read ${rows} rows of a Parquet file of ${expected}`);
  } finally {
    file.free();
  }
}

function rowsInFooter(file: ParquetFile): number {
  const metadata = file.metadata();
  const footer = metadata.fileMetadata();
  const rows = footer.numRows();
  footer.free();
  metadata.free();
  return rows;
}
