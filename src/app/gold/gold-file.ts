import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { quoteText } from "../../lake-sql/delta-types.ts";
import { RetriableError } from "../../record/errors.ts";
import type { DayPrints, SilverReading } from "./silver-reading.ts";

/**
 * What is known of the file beside what dbt makes: the days that the last complete run has read, and by
 * which models. `silver` is for dbt, which takes it as its source (gold/models/staging/_silver.yml).
 */
const BOOKS = `
  create schema if not exists silver;
  create schema if not exists runner;
  create table if not exists runner.applied (slice_date date primary key, print varchar not null);
  create table if not exists runner.project (print varchar not null);
  create table if not exists runner.reached (slices_closed bigint not null);
  create table if not exists runner.noted (
    slice_date date not null, global_event_id bigint not null, generation integer not null);
  create table if not exists silver.touched_dates (event_date date primary key);
  create or replace table silver.changed_days (slice_date date primary key);
  create or replace table silver.versions (
    table_name varchar, version bigint, committed_at timestamptz);`;

const STAGED = `select count(*) from information_schema.tables
  where table_schema = 'staging' and table_name = 'stg_silver__events'`;

/** Events of the changed days whose complete row is in the marts, and of which nobody was told. */
const toNote = (days: readonly string[]): string => `
  from staging.stg_silver__events as events
  where status = 'SILVER_COMPLETE' and slice_date in (select slice_date from silver.changed_days)
    and slice_date::varchar in (${days.map(quoteText).join(", ")})
    and not exists (from runner.noted as noted where noted.slice_date = events.slice_date
      and noted.global_event_id = events.global_event_id and noted.generation = events.generation)`;

/** What the file says of the last complete run. */
export interface AppliedState {
  readonly days: DayPrints;
  readonly project: string | null;
  readonly slicesClosed: number;
}

/**
 * The DuckDB file in which Gold is made. One process has it at a time: this one, or dbt. It may be behind
 * at any moment, or have models of a run that died: what a run has to make up for is in it until it is
 * complete.
 */
export class GoldFile {
  private readonly instance: DuckDBInstance;
  private readonly connection: DuckDBConnection;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection) {
    this.instance = instance;
    this.connection = connection;
  }

  /** @throws RetriableError while another process has it. */
  static async open(file: string): Promise<GoldFile> {
    await mkdir(path.dirname(file), { recursive: true });
    try {
      const instance = await DuckDBInstance.create(file, {
        memory_limit: "512MB",
        threads: "2",
        autoinstall_known_extensions: "false",
        autoload_known_extensions: "false",
      });
      const connection = await instance.connect();
      await connection.run("SET TimeZone = 'UTC'");
      return new GoldFile(instance, connection);
    } catch (cause) {
      throw new RetriableError(`${file} cannot be opened: ${(cause as Error).message}`, { cause });
    }
  }

  async applied(): Promise<AppliedState> {
    await this.connection.run(BOOKS);
    const days = await this.texts("select slice_date::varchar, print from runner.applied");
    const project = await this.texts("select print from runner.project");
    const reached = await this.texts("select slices_closed::varchar from runner.reached");
    return {
      days: new Map(days.map(([day, print]) => [day!, print!])),
      project: project[0]?.[0] ?? null,
      slicesClosed: Number(reached[0]?.[0] ?? 0),
    };
  }

  /**
   * Says what dbt is to read: the rows of the changed days; and keeps, until the run is complete, on which
   * dates the events of those days were before.
   */
  async stage(silver: SilverReading, changed: ReadonlySet<string>): Promise<void> {
    const run = (sql: string) => this.connection.run(sql);
    await run("begin");
    for (const table of ["events", "mentions"] as const) {
      await run(
        `create or replace view silver.${table} as select * from ${silver.rows(table, changed)}`,
      );
      const { folder, version, files } = silver[table];
      const writtenMs = Math.max(0, ...files.map(({ modifiedMs }) => modifiedMs));
      await run(
        `insert into silver.versions values (${quoteText(folder)}, ${version}, epoch_ms(${writtenMs}))`,
      );
    }
    for (const day of changed) {
      await run(`insert into silver.changed_days values (${quoteText(day)})`);
    }
    if ((await this.texts(STAGED))[0]![0] !== "0") {
      await run(`insert or ignore into silver.touched_dates
        select distinct event_date from staging.stg_silver__events
        where event_date is not null and slice_date in (select slice_date from silver.changed_days)`);
    }
    await run("commit");
  }

  /** Of some days: id, microseconds of the slice since 1970, generation. */
  async eventsToNote(days: readonly string[]): Promise<(string | null)[][]> {
    if (days.length === 0) return [];
    return await this.texts(`select global_event_id::varchar, epoch_us(slice)::varchar, generation::varchar
      ${toNote(days)} order by global_event_id`);
  }

  /** The run is complete: what it has read need not be read again, events of `noted` days not be told of. */
  async complete(silver: SilverReading, project: string, noted: readonly string[]): Promise<void> {
    const run = (sql: string) => this.connection.run(sql);
    const days = [...silver.days].map(([day, print]) => `(${quoteText(day)}, ${quoteText(print)})`);
    await run("begin");
    await run("delete from runner.applied; delete from runner.project; delete from runner.reached");
    if (days.length > 0) await run(`insert into runner.applied values ${days.join(", ")}`);
    await run(`insert into runner.project values (${quoteText(project)})`);
    await run(`insert into runner.reached values (${silver.slicesClosed})`);
    await run("delete from silver.touched_dates");
    if (noted.length > 0) {
      await run(
        `insert into runner.noted select slice_date, global_event_id, generation ${toNote(noted)}`,
      );
      const kept = noted.map(quoteText).join(", ");
      await run(`delete from runner.noted where slice_date::varchar not in (${kept})`);
    }
    await run("commit; checkpoint");
  }

  /** Rows of texts. */
  async texts(sql: string): Promise<(string | null)[][]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowsJson() as (string | null)[][];
  }

  /** Of each row its one column. */
  async *rows(sql: string): AsyncGenerator<string> {
    const result = await this.connection.stream(sql);
    for await (const rows of result.yieldRowsJson()) {
      for (const [value] of rows) yield value as string;
    }
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}

/** Forgets everything, for a run that begins anew. */
export const dropGoldFile = async (file: string): Promise<void> => {
  for (const each of [file, `${file}.wal`]) await rm(each, { force: true });
};
