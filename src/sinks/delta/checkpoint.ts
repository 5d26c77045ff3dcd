import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";
import type { RecordBatch } from "apache-arrow";
import { type Compressors, parquetMetadata, parquetReadObjects, parquetSchema } from "hyparquet";
import { TaskCorruptedError } from "../../record/errors.ts";
import type { Action } from "./actions.ts";
import { checkpointBatch, checkpointSchema } from "./checkpoint-schema.ts";
import { encodeParquetStream } from "./encoder.ts";
import type { DeltaLog } from "./log.ts";
import { removedFileRetentionMs } from "./retention.ts";
import type { Snapshot } from "./snapshot.ts";

/** Rows encoded at a time: an add with its statistics is about 5 kB. */
const BATCH_ROWS = 2_000;

/**
 * Writes the snapshot as a checkpoint, then the pointer to it. The commits it sums up must exist.
 * Failing half-way does no harm: the log stays as good as it was.
 */
export async function writeCheckpoint(
  log: DeltaLog,
  snapshot: Snapshot,
  nowMs: number,
): Promise<void> {
  snapshot.dropTombstones(nowMs - removedFileRetentionMs(snapshot.metaData));
  const actions: Action[] = [
    { protocol: snapshot.protocol },
    { metaData: snapshot.metaData },
    ...snapshot.transactions.values().map((txn) => ({ txn })),
    // Adds of a checkpoint change nothing: they restate what commits did.
    ...snapshot.files.values().map((add) => ({ add: { ...add, dataChange: false } })),
    ...snapshot.tombstones.values().map((remove) => ({ remove: { ...remove, dataChange: false } })),
  ];
  const { version } = snapshot;
  const numOfAddFiles = snapshot.files.size;
  const file = await encodeParquetStream(checkpointSchema, batches(actions));
  const { bytes } = file!;
  await log.store.put(log.checkpointPaths(version, null)[0]!, bytes);
  const pointer = { version, size: actions.length, sizeInBytes: bytes.byteLength, numOfAddFiles };
  await log.store.put(log.lastCheckpointPath, new TextEncoder().encode(JSON.stringify(pointer)));
}

async function* batches(actions: readonly Action[]): AsyncGenerator<RecordBatch> {
  for (let from = 0; from < actions.length; from += BATCH_ROWS) {
    yield checkpointBatch(actions.slice(from, from + BATCH_ROWS));
  }
}

const compressors: Compressors = {
  ZSTD: (input) => zstdDecompressSync(input),
  GZIP: (input) => gunzipSync(input),
  BROTLI: (input) => brotliDecompressSync(input),
};

/** The actions of a checkpoint file, ours or anybody's. */
export async function readCheckpoint(bytes: Uint8Array, path: string): Promise<Action[]> {
  try {
    const { buffer, byteOffset, byteLength } = bytes;
    const file = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    const metadata = parquetMetadata(file);
    const wanted = checkpointSchema.fields.map(({ name }) => name);
    // Other writers add columns of their own, and may leave one out that has no rows.
    const columns = parquetSchema(metadata)
      .children.map(({ element }) => element.name)
      .filter((name) => wanted.includes(name));
    const rows = await parquetReadObjects({ file, metadata, columns, compressors });
    return rows.map(actionOf);
  } catch (cause) {
    throw new TaskCorruptedError(`${path} cannot be read as a Delta checkpoint`, { cause });
  }
}

/** The one column of a row that is not null, its fields as the log's JSON has them. */
function actionOf(row: Record<string, unknown>): Action {
  const named = Object.entries(row).filter(([, fields]) => isThere(fields));
  return Object.fromEntries(
    named.map(([name, fields]) => {
      const present = Object.entries(fields as object).filter(([, value]) => isThere(value));
      return [name, Object.fromEntries(present.map(([field, value]) => [field, numbers(value)]))];
    }),
  );
}

const isThere = (value: unknown): boolean => value !== undefined && value !== null;

/** 64-bit integers as numbers; a null in a map stays: it is the value of a partition. */
function numbers(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(numbers);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, v]) => [key, numbers(v)]));
}
