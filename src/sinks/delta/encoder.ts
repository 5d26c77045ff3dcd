import type { RecordBatch, Schema } from "apache-arrow";
import { Table, transformParquetStream, wasmMemory, writeParquet } from "parquet-wasm/node";
import { ByteScratch } from "./byte-scratch.ts";
import { fileStats } from "./file-stats.ts";
import { IpcScratch } from "./ipc-scratch.ts";
import { appendProperties, compactProperties } from "./writer-properties.ts";

export interface ParquetFile {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** Delta's `stats` of the file, JSON. */
  readonly stats: string;
}

// One per thread: encoding is synchronous, so nobody else can be in the middle of using it.
const scratch = new IpcScratch();

/**
 * A Parquet file of the batches, which all have `schema`; of its columns the first `indexedColumns`
 * have statistics. Costs 6 µs a row of `silver.events`
 * (80 columns) in large batches, twice that in batches of 200: each column has a fixed price.
 * Needs about three times the batches' bytes of wasm memory, which is never given back.
 */
export function encodeParquet(
  schema: Schema,
  batches: readonly RecordBatch[],
  indexedColumns = schema.fields.length,
): ParquetFile {
  // writeParquet consumes both its arguments, whether it succeeds or throws: nothing to free.
  const table = Table.fromIPCStream(scratch.encode(batches));
  const bytes = writeParquet(table, appendProperties(schema, batches, indexedColumns));
  const { rows, json } = fileStats(bytes);
  return { bytes, rows, stats: json };
}

/**
 * The same for more batches than fit in memory at once, taken as they come: only the row group in
 * progress is held, encoded. For files which are to stay: a third more time, a third fewer bytes.
 * null when there are no batches.
 * @param into where the file is put together; its bytes hold until that is used again.
 */
export async function encodeParquetStream(
  schema: Schema,
  batches: AsyncIterator<RecordBatch>,
  indexedColumns = schema.fields.length,
  into = new ByteScratch(),
): Promise<ParquetFile | null> {
  let next = await batches.next();
  if (next.done === true) return null;
  let given = 0;
  let failure: unknown;
  const source = new ReadableStream(
    {
      async pull(controller) {
        if (next.done === true) return controller.close();
        try {
          given += next.value.numRows;
          const table = Table.fromIPCStream(scratch.encode([next.value]));
          // The stream consumes the batches; the table that held them stays ours.
          for (const batch of table.recordBatches()) controller.enqueue(batch);
          table.free();
          next = await batches.next();
        } catch (error) {
          failure = error;
          throw error;
        }
      },
    },
    { highWaterMark: 0 },
  );
  try {
    const encoded = await transformParquetStream(source, compactProperties(schema, indexedColumns));
    into.clear();
    for await (const chunk of encoded as AsyncIterable<Uint8Array>) into.append(chunk);
    const bytes = into.written;
    const { rows, json } = fileStats(bytes);
    // When its source fails the library just ends the file there, well-formed and too short.
    if (rows === given && failure === undefined) return { bytes, rows, stats: json };
    throw new Error(`the Parquet file has ${rows} rows of the ${given} given to it`);
  } catch (error) {
    throw failure ?? error;
  }
}

/**
 * Bytes of this thread's wasm memory. It only grows: a thread above its limit is to be replaced by
 * a new one.
 */
export const wasmMemoryBytes = (): number => wasmMemory().buffer.byteLength;
