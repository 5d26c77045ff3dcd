import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { type DuckDBConnection, DuckDBInstance, type Json } from "@duckdb/node-api";
import { ConfigError, RetriableError } from "../record/errors.ts";
import { FolderObjectStore } from "../state/folder-object-store.ts";
import { currentRows, type Newest } from "./current-rows.ts";
import { quoteName } from "./delta-types.ts";
import { PinnedTable } from "./pinned-table.ts";

/** A table that may be in a lake. */
export interface LakeSqlTable {
  /** Below the lake's root; `silver/events` is `silver.events` in SQL. */
  readonly folder: string;
  /** Of each key the row of the greatest rank is current; null: every row is. */
  readonly newest: Newest | null;
}

export interface LakeSqlOptions {
  /** The lake's root. */
  readonly folder: string;
  readonly tables: readonly LakeSqlTable[];
  /** Bytes that DuckDB may hold; beyond, it goes to the local disk. */
  readonly memoryBytesMax: number;
  readonly threads: number;
}

/** A row as JSON has it: 64-bit integers as numbers where those are exact, else as text. */
export type SqlRow = Readonly<Record<string, Json>>;

/**
 * SQL over the tables of a lake, each pinned at the version it had when the lake was opened. Which
 * files that is our own reading of the Delta logs says; DuckDB reads the files. Nothing is written,
 * nothing but the tables is read: so it works beside a pipeline that runs, from any process.
 */
export class LakeSql {
  /** Tables that exist, by folder. */
  readonly tables: ReadonlyMap<string, PinnedTable>;
  private readonly specs: readonly LakeSqlTable[];
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;
  private readonly scratch: string;
  private readonly views = new Set<string>();

  private constructor(of: {
    tables: ReadonlyMap<string, PinnedTable>;
    specs: readonly LakeSqlTable[];
    instance: DuckDBInstance;
    connection: DuckDBConnection;
    scratch: string;
  }) {
    this.tables = of.tables;
    this.specs = of.specs;
    this.instance = of.instance;
    this.connection = of.connection;
    this.scratch = of.scratch;
  }

  /** @throws ConfigError when there is no table at all below the folder. */
  static async open(options: LakeSqlOptions): Promise<LakeSql> {
    const { folder, tables: specs, memoryBytesMax, threads } = options;
    const root = path.resolve(folder);
    const store = new FolderObjectStore(root);
    const tables = new Map<string, PinnedTable>();
    for (const spec of specs) {
      const table = await PinnedTable.open(store, root, spec.folder);
      if (table !== null) tables.set(spec.folder, table);
    }
    if (tables.size === 0) {
      const names = specs.map((spec) => spec.folder).join(", ");
      throw new ConfigError(`there is no table below ${folder}: neither of ${names}`);
    }
    const scratch = await mkdtemp(path.join(tmpdir(), "gdelt-streams-sql-"));
    const instance = await DuckDBInstance.create(":memory:", {
      memory_limit: `${memoryBytesMax} B`,
      threads: String(threads),
      temp_directory: scratch,
      preserve_insertion_order: "false",
      // What is not built in would be fetched from a server.
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true");
    return new LakeSql({ tables, specs, instance, connection, scratch });
  }

  /** A table's rows, all revisions, as something to select from. @throws ConfigError without one. */
  rows(folder: string, dates?: ReadonlySet<string | null>): string {
    const table = this.tables.get(folder);
    if (table !== undefined) return table.rows(dates);
    throw new ConfigError(`there is no table ${folder}; there are ${[...this.tables.keys()]}`);
  }

  /**
   * Makes the views that a statement names: `silver.events` is the newest row of each key,
   * `silver.events_revisions` all of them. Only these: a view opens every file when it is made.
   */
  async useViews(sql: string): Promise<void> {
    // As they are written in the statement: `"silver"."events" AS e`.
    const written = this.connection.getTableNames(sql, true);
    const names = written.map((name) => name.replace(/ AS .*$/s, "").replaceAll('"', ""));
    for (const { folder, newest } of this.specs) {
      const table = this.tables.get(folder);
      if (table === undefined) continue;
      const [name, schema = "main"] = folder.split("/").reverse() as [string, string?];
      const wanted = (suffix: string) =>
        names.includes(`${schema}.${name}${suffix}`) || names.includes(`${name}${suffix}`);
      if (wanted("_revisions")) await this.makeView(schema, `${name}_revisions`, table.rows());
      if (wanted("")) await this.makeView(schema, name, currentRows(table, newest));
    }
  }

  private async makeView(schema: string, name: string, rows: string): Promise<void> {
    if (this.views.has(`${schema}.${name}`)) return;
    this.views.add(`${schema}.${name}`);
    await this.run(`CREATE SCHEMA IF NOT EXISTS ${quoteName(schema)}`);
    await this.run(`CREATE VIEW ${quoteName(schema)}.${quoteName(name)} AS SELECT * FROM ${rows}`);
  }

  async run(sql: string): Promise<void> {
    await this.attempt(() => this.connection.run(sql));
  }

  async query(sql: string): Promise<SqlRow[]> {
    const reader = await this.attempt(() => this.connection.runAndReadAll(sql));
    const integers = reader.columnTypes().map((type) => /^U?(BIG|HUGE)INT$/.test(type.toString()));
    const names = reader.deduplicatedColumnNames();
    return reader
      .getRowsJson()
      .map((row) =>
        Object.fromEntries(
          row.map((value, i) => [names[i]!, integers[i] ? exactNumber(value) : value]),
        ),
      );
  }

  private async attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      const { message } = cause as Error;
      // The statement is wrong; or else what it reads, or there is no room for it.
      const isStatement = /^(Parser|Binder|Catalog) Error/.test(message);
      if (isStatement) throw new ConfigError(message, { cause });
      throw new RetriableError(`the lake cannot be read: ${message}`, { cause });
    }
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.instance.closeSync();
    await rm(this.scratch, { recursive: true, force: true });
  }
}

function exactNumber(value: Json): Json {
  const number = Number(value);
  return value !== null && Number.isSafeInteger(number) ? number : value;
}
