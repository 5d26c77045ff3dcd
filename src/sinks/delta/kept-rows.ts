import type { RecordBatch } from "apache-arrow";
import { ConfigError } from "../../record/errors.ts";
import { loadAhead } from "../../state/load-ahead.ts";
import { asTableBatch } from "../batch-shape.ts";
import type { AddFile } from "./actions.ts";
import type { DeltaTable } from "./delta-table.ts";
import { NewestRows } from "./newest-rows.ts";
import { readParquet } from "./parquet-reader.ts";
import { takeRows } from "./take-rows.ts";

/** Files in memory at once, besides the one at hand; larger ones come one by one. */
const LOADS = { bytesMax: 16 << 20, itemsMax: 8 };

/** Which rows stay: of each key the one of the greatest rank, which is a pair of int32 columns. */
export interface NewestSpec {
  readonly key: readonly string[];
  readonly rank: readonly [string, string];
}

/** A file and which of its rows stay: null for all. */
export interface KeptRows {
  readonly file: AddFile;
  readonly flags: Uint8Array | null;
  readonly dropped: number;
  /** What the rows that stay take, about. */
  readonly bytes: number;
}

/** Which rows of the files are the newest among them. */
export async function keptRows(
  table: DeltaTable,
  files: readonly AddFile[],
  { key, rank }: NewestSpec,
): Promise<KeptRows[]> {
  const newest = new NewestRows(key, rank);
  const ends: number[] = [];
  for await (const bytes of load(table, files)) {
    for (const batch of readParquet(bytes)) newest.add(batch);
    ends.push(newest.length);
  }
  const flags = newest.flags();
  return files.map((file, i) => {
    const own = flags.subarray(ends[i - 1] ?? 0, ends[i]);
    const dropped = own.reduce((rows, flag) => rows + 1 - flag, 0);
    const bytes = Math.ceil((file.size * (own.length - dropped)) / Math.max(1, own.length));
    return { file, flags: dropped === 0 ? null : own, dropped, bytes };
  });
}

/** The rows of the files that stay, as the table has them. */
export async function* readKept(
  table: DeltaTable,
  group: readonly KeptRows[],
): AsyncGenerator<RecordBatch> {
  const bytesOf = load(
    table,
    group.map(({ file }) => file),
  );
  for (const { file, flags } of group) {
    const from = `table ${table.name}, file ${file.path}`;
    let at = 0;
    for (const read of readParquet((await bytesOf.next()).value!)) {
      const batch = asTableBatch(read, table.schema, from);
      const rows = flags === null ? null : flagged(flags, at, at + batch.numRows);
      at += batch.numRows;
      if (rows === null) yield batch;
      else if (rows.length > 0) yield takeRows(batch, rows);
    }
    if (flags !== null && at !== flags.length) {
      throw new ConfigError(`${from}: ${at} rows, not ${flags.length}`);
    }
  }
}

const load = (table: DeltaTable, files: readonly AddFile[]) =>
  loadAhead(files, (file) => table.readFile(file), { ...LOADS, bytesOf: ({ size }) => size });

function flagged(flags: Uint8Array, start: number, end: number): Int32Array {
  const rows = new Int32Array(end - start);
  let count = 0;
  for (let i = start; i < end; i++) if (flags[i] === 1) rows[count++] = i - start;
  return rows.subarray(0, count);
}
