import type { RecordBatch } from "apache-arrow";
import { ConfigError, RetriableError } from "../../record/errors.ts";
import { asTableBatch } from "../batch-shape.ts";
import type { Action, AddFile } from "./actions.ts";
import type { DeltaTable } from "./delta-table.ts";
import { encodeParquetStream } from "./encoder.ts";
import { NewestRows } from "./newest-rows.ts";
import { readParquet } from "./parquet-reader.ts";
import { takeRows } from "./take-rows.ts";

/** Times that other writers may take the ground from under one compaction. */
const ATTEMPTS_MAX = 5;

export interface CompactionSpec {
  /** Keep the newest row of each key only: `rank` names two int32 columns. null: keep all rows. */
  readonly newest: {
    readonly key: readonly string[];
    readonly rank: readonly [string, string];
  } | null;
  /** Smaller files are put together. */
  readonly fileBytesMin: number;
  /** About as large as files get. */
  readonly fileBytesMax: number;
}

export interface CompactionResult {
  readonly filesRemoved: number;
  readonly filesAdded: number;
  readonly rowsDropped: number;
}

/** A file and which of its rows stay: null for all. */
interface Kept {
  readonly file: AddFile;
  readonly flags: Uint8Array | null;
  readonly dropped: number;
}

/** Compacts the partitions, one after the other, that are worth it. */
export async function compactTable(
  table: DeltaTable,
  spec: CompactionSpec,
): Promise<CompactionResult> {
  await table.refresh();
  const dates = new Set([...table.snapshot.files.values()].map((file) => table.dateOf(file)));
  const total = { filesRemoved: 0, filesAdded: 0, rowsDropped: 0 };
  for (const date of dates) {
    const done = await compactPartition(table, date, spec);
    total.filesRemoved += done.filesRemoved;
    total.filesAdded += done.filesAdded;
    total.rowsDropped += done.rowsDropped;
  }
  return total;
}

/**
 * Rewrites the small files of a partition, and those with rows that are superseded, as few large
 * ones. Safe beside writers: what they append meanwhile stays as it is, and if they remove a file
 * that was read here the work is done again.
 */
export async function compactPartition(
  table: DeltaTable,
  date: string | null,
  spec: CompactionSpec,
): Promise<CompactionResult> {
  for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts++) {
    const { metaData } = table.snapshot;
    const files = [...table.snapshot.files.values()].filter((file) => table.dateOf(file) === date);
    const rewritten = worthRewriting(await keptRows(table, files, spec), spec);
    if (rewritten.length === 0) return { filesRemoved: 0, filesAdded: 0, rowsDropped: 0 };
    const rowsDropped = rewritten.reduce((sum, { dropped }) => sum + dropped, 0);
    const adds: AddFile[] = [];
    for (const group of groups(rewritten, spec.fileBytesMax)) {
      const { schema, indexedColumns } = table;
      const file = await encodeParquetStream(schema, rowsOf(table, group), indexedColumns);
      if (file !== null) adds.push(await table.writeFile(file, date, rowsDropped > 0));
    }
    const outcome = await table.commit({
      operation: "OPTIMIZE",
      operationParameters: { predicate: "[]" },
      actions: [
        ...rewritten.map(({ file }) => removal(file, table.clock.nowMs(), rowsDropped > 0)),
        ...adds.map((add) => ({ add })),
      ],
      transactions: [],
      isBlindAppend: false,
      reads: new Set(files.map(({ path }) => path)),
      fits: metaData,
    });
    if (outcome.kind === "committed") {
      return { filesRemoved: rewritten.length, filesAdded: adds.length, rowsDropped };
    }
    await table.discard(adds);
    await table.refresh();
  }
  throw new RetriableError(
    `table ${table.name}: other writers changed the files of ${date} during each of ` +
      `${ATTEMPTS_MAX} compactions`,
  );
}

async function keptRows(
  table: DeltaTable,
  files: readonly AddFile[],
  { newest: spec }: CompactionSpec,
): Promise<Kept[]> {
  if (spec === null) return files.map((file) => ({ file, flags: null, dropped: 0 }));
  const newest = new NewestRows(spec.key, spec.rank);
  const ends: number[] = [];
  for (const file of files) {
    for (const batch of readParquet(await table.readFile(file))) newest.add(batch);
    ends.push(newest.length);
  }
  const flags = newest.flags();
  return files.map((file, i) => {
    const own = flags.subarray(ends[i - 1] ?? 0, ends[i]);
    const dropped = own.reduce((sum, flag) => sum + 1 - flag, 0);
    return { file, flags: dropped === 0 ? null : own, dropped };
  });
}

function worthRewriting(kept: readonly Kept[], { fileBytesMin }: CompactionSpec): Kept[] {
  const wanted = kept.filter(({ file, dropped }) => dropped > 0 || file.size < fileBytesMin);
  // One small file that stays as it is would only be copied.
  return wanted.length === 1 && wanted[0]!.dropped === 0 ? [] : wanted;
}

/** Files which together make one of at most about `bytesMax`, as far as their sizes tell. */
function groups(kept: readonly Kept[], bytesMax: number): Kept[][] {
  const found: Kept[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const item of kept) {
    bytes += item.file.size;
    if (bytes > bytesMax) {
      found.push([]);
      bytes = item.file.size;
    }
    found.at(-1)!.push(item);
  }
  return found;
}

async function* rowsOf(table: DeltaTable, group: readonly Kept[]): AsyncGenerator<RecordBatch> {
  for (const { file, flags } of group) {
    let at = 0;
    for (const read of readParquet(await table.readFile(file))) {
      const batch = asTableBatch(read, table.schema, `table ${table.name}, file ${file.path}`);
      const rows = flags === null ? null : flagged(flags, at, at + batch.numRows);
      at += batch.numRows;
      if (rows === null) yield batch;
      else if (rows.length > 0) yield takeRows(batch, rows);
    }
    if (flags !== null && at !== flags.length) {
      throw new ConfigError(
        `table ${table.name}, file ${file.path}: ${at} rows, not ${flags.length}`,
      );
    }
  }
}

function flagged(flags: Uint8Array, start: number, end: number): Int32Array {
  const rows = new Int32Array(end - start);
  let count = 0;
  for (let i = start; i < end; i++) if (flags[i] === 1) rows[count++] = i - start;
  return rows.subarray(0, count);
}

const removal = (
  { path, partitionValues, size }: AddFile,
  deletionTimestamp: number,
  dataChange: boolean,
): Action => ({
  remove: {
    path,
    deletionTimestamp,
    dataChange,
    extendedFileMetadata: true,
    partitionValues,
    size,
  },
});
