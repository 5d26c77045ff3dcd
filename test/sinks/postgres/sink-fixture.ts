import { test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Schema } from "apache-arrow";
import type { RecordBatch as Records } from "../../../src/record/record-batch.ts";
import { postgresType } from "../../../src/sinks/postgres/column-type.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { migrate } from "../../../src/sinks/postgres/migrations.ts";
import {
  PostgresSink,
  type PostgresSinkOptions,
} from "../../../src/sinks/postgres/postgres-sink.ts";
import type { PostgresTable } from "../../../src/sinks/postgres/upsert.ts";
import { arrowValues } from "../../../src/sinks/row-decoder.ts";
import { batchOf, ipcOf, type Row, schema } from "../delta/delta-fixture.ts";
import { recordsOf } from "../delta/sink-source.ts";
import type { TestDatabase } from "./test-databases.ts";

const MIGRATIONS = fileURLToPath(new URL("../../../migrations/", import.meta.url));

const source = { topic: "silver.events", partition: 3 };
const COMMIT_MS = Date.UTC(2024, 5, 1);

/** The small table of the Delta tests, in Postgres. */
export const smallTable: PostgresTable = {
  name: "silver.small",
  schema,
  key: ["id", "slice"],
  rank: ["generation", "revision"],
  byDay: true,
};

export const columnsOf = ({ fields }: Schema): string =>
  fields
    .map((field) => {
      const constraint = field.nullable || field.name === "slice" ? "" : " not null";
      return `"${field.name}" ${postgresType(field).name}${constraint}`;
    })
    .join(", ");

const migrated = new WeakSet<Database>();

/** The table anew, and the mart's own, empty. */
export async function resetTables(database: Database): Promise<void> {
  if (!migrated.has(database)) await migrate(database, MIGRATIONS);
  migrated.add(database);
  await database.transaction((tx) =>
    tx.execute(`drop table if exists silver.small;
      create table silver.small (${columnsOf(schema)}, primary key (id, slice))
        partition by range (slice);
      truncate ops.sink_offsets, ops.dead_letter`),
  );
}

/** Tests of what a database does with its tables anew. */
export const onTables =
  ({ name, skip, open }: TestDatabase) =>
  (behaviour: string, body: (database: Database) => Promise<void>) =>
    test(`${name}: ${behaviour}`, { skip }, async () => {
      const database = await open();
      await resetTables(database);
      await body(database);
    });

export const sinkOn = (database: Database, overrides: Partial<PostgresSinkOptions> = {}) =>
  new PostgresSink({
    database,
    table: smallTable,
    application: "app@log",
    generation: 2,
    sink: "small-mart",
    source,
    decode: arrowValues(schema),
    clock: { nowMs: () => COMMIT_MS },
    ...overrides,
  });

/** A record with these rows. */
export const value = (...rows: Row[]): Uint8Array => ipcOf(batchOf(rows));

export const records = (
  firstOffset: number,
  values: readonly Uint8Array[],
  next?: number,
): Records => recordsOf(firstOffset, values, next);

/** What a statement answers, as text. */
export async function ask(
  database: Database,
  sql: string,
): Promise<readonly (readonly (string | null)[])[]> {
  return (await database.transaction((tx) => tx.query(sql))).rows;
}
