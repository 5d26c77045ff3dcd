import type { RecordBatch } from "apache-arrow";
import { ConfigError, TaskCorruptedError } from "../../record/errors.ts";
import { loadAhead } from "../../state/load-ahead.ts";
import type { AddFile, MetaData, Transaction } from "./actions.ts";
import { splitByDate } from "./date-partition.ts";
import { DoubledRows } from "./doubled-rows.ts";
import type { DeltaLog } from "./log.ts";
import { readParquet } from "./parquet-reader.ts";
import { RowPositions } from "./row-positions.ts";
import type { Snapshot } from "./snapshot.ts";
import { logFindings } from "./verify-log.ts";

/** Files in memory at once, besides the one at hand; larger ones come one by one. */
const LOADS = { bytesMax: 64 << 20, itemsMax: 8 };

/**
 * By what a row is known, within its partition. `position`: the int32 column of the topic's partition
 * and the int64 column of the offset from which it came.
 */
export type RowIdentity =
  | { readonly kind: "key"; readonly columns: readonly string[] }
  | { readonly kind: "position"; readonly columns: readonly [partition: string, offset: string] };

export interface TableReport {
  readonly version: number;
  readonly files: number;
  readonly rows: number;
  /** What it says of who feeds it. */
  readonly transactions: ReadonlyMap<string, Transaction>;
  /** What is wrong, one sentence each. */
  readonly findings: readonly string[];
}

/**
 * Proves that a table is whole, reading all of it: that the log has no hole, its positions only go
 * forward and its checkpoint says what the commits do; that every file is there with its size, can be
 * read, has as many rows as its statistics say, and none of another partition; that no row is doubled,
 * or further on than the position of the partition it came from.
 *
 * Memory: a few files, and some 40 bytes for each row of a partition.
 */
export async function verifyTable(
  log: DeltaLog,
  identity: RowIdentity | null,
): Promise<TableReport> {
  const inLog = await logFindings(log);
  const table = await loadOrNull(log);
  if (table === null) {
    return { version: -1, files: 0, rows: 0, transactions: new Map(), findings: inLog };
  }
  const verifier = new FileVerifier(log, table, identity);
  const inFiles = await verifier.run();
  const { version, files, transactions } = table;
  const findings = [...inLog, ...inFiles];
  return { version, files: files.size, rows: verifier.rows, transactions, findings };
}

/** null when the log is so damaged that its findings have said it. */
async function loadOrNull(log: DeltaLog): Promise<Snapshot | null> {
  try {
    return await log.load();
  } catch (error) {
    if (error instanceof TaskCorruptedError) return null;
    throw error;
  }
}

class FileVerifier {
  rows = 0;
  private readonly log: DeltaLog;
  private readonly table: Snapshot;
  private readonly identity: RowIdentity | null;
  private readonly positions: RowPositions | null;
  private readonly findings: string[] = [];

  constructor(log: DeltaLog, table: Snapshot, identity: RowIdentity | null) {
    this.log = log;
    this.table = table;
    this.identity = identity;
    this.positions = identity?.kind === "position" ? new RowPositions(identity.columns) : null;
  }

  async run(): Promise<string[]> {
    const present = await this.present();
    const byPartition = Map.groupBy(present, ({ partitionValues }) =>
      JSON.stringify(partitionValues),
    );
    // The same row again would be in the same partition, so one of them at a time is in memory.
    for (const files of byPartition.values()) await this.readPartition(files);
    const { transactions } = this.table;
    return [...this.findings, ...(this.positions?.findings(transactions) ?? [])];
  }

  /** Files that are there with their size; the others are findings. */
  private async present(): Promise<AddFile[]> {
    const listed = await this.log.store.list(this.log.path(""));
    const sizes = new Map(listed.map(({ path, size }) => [path, size]));
    return [...this.table.files.values()].filter((file) => {
      const size = sizes.get(this.pathOf(file));
      if (size === file.size) return true;
      this.findings.push(
        size === undefined
          ? `file ${file.path} is missing`
          : `file ${file.path} has ${size} bytes, the log says ${file.size}`,
      );
      return false;
    });
  }

  private async readPartition(files: readonly AddFile[]): Promise<void> {
    const doubled = this.identity && new DoubledRows(this.identity.columns);
    const load = (file: AddFile) => this.log.store.get(this.pathOf(file));
    const loads = loadAhead(files, load, { ...LOADS, bytesOf: ({ size }) => size });
    for (const file of files) {
      const bytes = (await loads.next()).value!;
      doubled?.begin(file.path);
      this.readFile(file, bytes, doubled);
      this.findings.push(...(doubled?.findings() ?? []));
    }
  }

  private readFile(file: AddFile, bytes: Uint8Array | null, doubled: DoubledRows | null): void {
    let rows = 0;
    try {
      if (bytes === null) throw new Error("it is gone since it was listed");
      for (const batch of readParquet(bytes)) {
        rows += batch.numRows;
        const astray = rowsAstray(batch, file, this.table.metaData);
        if (astray !== null) this.findings.push(`file ${file.path} has rows of ${astray}`);
        this.checkColumns(batch);
        doubled?.add(batch);
        this.positions?.add(batch);
      }
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      this.findings.push(`file ${file.path} cannot be read: ${(error as Error).message ?? error}`);
      return;
    }
    this.rows += rows;
    const { numRecords } = JSON.parse(file.stats ?? "{}") as { numRecords?: number };
    if (numRecords === undefined || numRecords === rows) return;
    this.findings.push(`file ${file.path} has ${rows} rows, its statistics say ${numRecords}`);
  }

  private checkColumns(batch: RecordBatch): void {
    const missing = this.identity?.columns.find((name) => batch.getChild(name) === null);
    if (missing !== undefined) throw new Error(`it has no column ${missing}`);
  }

  private pathOf({ path }: AddFile): string {
    return this.log.path(decodeURIComponent(path));
  }
}

/** Dates of rows that are not of the file's partition; null when there is none. */
function rowsAstray(
  batch: RecordBatch,
  { partitionValues }: AddFile,
  { partitionColumns }: MetaData,
): string | null {
  const column = /^(.+)_date$/.exec(partitionColumns[0] ?? "")?.[1];
  if (column === undefined || batch.getChild(column) === null) return null;
  const expected = partitionValues[partitionColumns[0]!] || null;
  const dates = splitByDate([batch], column).map(({ date }) => date);
  const others = dates.filter((date) => date !== expected);
  return others.length === 0 ? null : others.join(", ");
}
