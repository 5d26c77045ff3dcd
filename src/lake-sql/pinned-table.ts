import path from "node:path";
import type { AddFile } from "../sinks/delta/actions.ts";
import { DeltaLog } from "../sinks/delta/log.ts";
import { progressOf, type SinkProgress } from "../sinks/delta/sink-progress.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { quoteName, quoteText, type SqlColumn, sqlColumns } from "./delta-types.ts";

/** A data file that a table's log lists and that is not there as it was written. */
export interface DamagedFile {
  /** Below the lake's root. */
  readonly path: string;
  /** Bytes, as the log has them. */
  readonly size: number;
  /** Bytes found; null where there is no file. */
  readonly found: number | null;
}

export interface LiveFile {
  /** Below the lake's root; no later file has the same. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** When it was written, as the log has it. */
  readonly modifiedMs: number;
  /** On the local disk. */
  readonly location: string;
  /** The partition: `YYYY-MM-DD`, or null. */
  readonly date: string | null;
}

/** One table at one version: what its log lists is read, whatever is committed meanwhile. */
export class PinnedTable {
  /** Below the lake's root, e.g. `silver/events`. */
  readonly folder: string;
  readonly version: number;
  /** As its log has it: no other table has the same. */
  readonly id: string;
  readonly progress: readonly SinkProgress[];
  readonly damaged: readonly DamagedFile[];
  /** The column by whose dates the table is parted; null: it is not. */
  readonly partition: string | null;
  private readonly columns: readonly SqlColumn[];
  readonly files: readonly LiveFile[];

  private constructor(of: {
    folder: string;
    version: number;
    id: string;
    progress: readonly SinkProgress[];
    damaged: readonly DamagedFile[];
    columns: readonly SqlColumn[];
    partition: string | null;
    files: readonly LiveFile[];
  }) {
    this.folder = of.folder;
    this.version = of.version;
    this.id = of.id;
    this.progress = of.progress;
    this.damaged = of.damaged;
    this.columns = of.columns;
    this.partition = of.partition;
    this.files = of.files;
  }

  /**
   * The table below `root` as it is now; null where there is none. Of a store that is no folder, `root` is
   * where its files are read from, once somebody has put them there.
   */
  static async open(store: ObjectStore, root: string, folder: string): Promise<PinnedTable | null> {
    const log = new DeltaLog(store, folder);
    const snapshot = await log.load();
    if (snapshot === null) return null;
    const { metaData, version } = snapshot;
    const partition = metaData.partitionColumns[0] ?? null;
    const present = new Map((await store.list(log.path(""))).map(({ path, size }) => [path, size]));
    const files: LiveFile[] = [];
    const damaged: DamagedFile[] = [];
    for (const add of snapshot.files.values()) {
      const at = log.path(decodeURIComponent(add.path));
      const found = present.get(at) ?? null;
      if (found === add.size) {
        const location = path.join(root, at);
        const { size, modificationTime: modifiedMs } = add;
        files.push({ path: at, size, modifiedMs, location, date: dateOf(add, partition) });
      } else damaged.push({ path: at, size: add.size, found });
    }
    return new PinnedTable({
      folder,
      version,
      id: metaData.id,
      progress: progressOf(snapshot.transactions),
      damaged,
      columns: sqlColumns(metaData.schemaString),
      partition,
      files,
    });
  }

  /** The dates that the table has rows of. */
  get dates(): ReadonlySet<string | null> {
    return new Set(this.files.map(({ date }) => date));
  }

  /**
   * The table's rows as something to select from, those of some dates or all. Only columns that a
   * query names are read, and only files of those dates are opened.
   */
  rows(dates?: ReadonlySet<string | null>): string {
    const wanted = this.files.filter(({ date }) => dates?.has(date) ?? true);
    const parts = [...Map.groupBy(wanted, ({ date }) => date)].map(([date, files]) =>
      this.part(date, files),
    );
    const nulls = this.columns.map(({ name, type }) => `NULL::${type} AS ${quoteName(name)}`);
    // In front, so that an empty table has its columns, and a file written before one was added.
    const empty = `SELECT ${nulls.join(", ")} WHERE false`;
    const names = this.columns.map(({ name }) => quoteName(name)).join(", ");
    return `(SELECT ${names} FROM (${[empty, ...parts].join(" UNION ALL BY NAME ")}))`;
  }

  /**
   * The rows of one date. The partition's value is the log's: what a file or its name says of it
   * proves nothing.
   */
  private part(date: string | null, files: readonly LiveFile[]): string {
    const list = files.map(({ location }) => quoteText(literalPath(location))).join(", ");
    const from = `read_parquet([${list}], union_by_name = true, hive_partitioning = false)`;
    if (this.partition === null) return `SELECT * FROM ${from}`;
    const value = date === null ? "NULL::DATE" : `DATE ${quoteText(date)}`;
    const others = `COLUMNS(name -> name <> ${quoteText(this.partition)})`;
    return `SELECT ${others}, ${value} AS ${quoteName(this.partition)} FROM ${from}`;
  }
}

// The empty string is null as well.
const dateOf = ({ partitionValues }: AddFile, partition: string | null): string | null =>
  (partition !== null && partitionValues[partition]) || null;

/** DuckDB takes every path for a pattern. */
const literalPath = (location: string): string => location.replace(/[[*?]/g, "[$&]");
