import type { Schema } from "apache-arrow";
import type { Rank } from "./row-order.ts";

/** A table that a sink feeds. */
export interface PostgresTable {
  /** With its schema: `silver.events`. */
  readonly name: string;
  readonly schema: Schema;
  /** Columns of a unique index: what is written again is the row that has the same there. */
  readonly key: readonly string[];
  /** By what a row replaces one of its key; null: one that is there stays. */
  readonly rank: Rank | null;
  /** Whether it has a partition for each UTC day of the column `slice`. */
  readonly byDay: boolean;
}

/**
 * Inserts the rows of an array of the table's row type. A row whose key is there replaces it only if
 * it is newer, so nothing is ever downgraded, whatever is written again. It replaces the whole row,
 * also columns that only a newer version of the program knows: what they say is of the older row.
 * @param has the columns of the table as it is.
 */
export function upsertSql({ name, key, rank }: PostgresTable, has: readonly string[]): string {
  const columns = has.map(quoted);
  const keys = key.map(quoted);
  const others = columns.filter((column) => !keys.includes(column));
  const conflict =
    rank === null
      ? "do nothing"
      : `do update set ${others.map((column) => `${column} = excluded.${column}`).join(", ")}
         where ${pair("current", rank)} < ${pair("excluded", rank)}`;
  return `insert into ${name} as current (${columns.join(", ")})
    select ${columns.join(", ")} from unnest($1::${name}[]) as given
    on conflict (${keys.join(", ")}) ${conflict}`;
}

/** Some columns are words of SQL: partition, offset, row. */
const quoted = (column: string): string => `"${column}"`;

const pair = (of: string, rank: Rank): string =>
  `(${rank.map((column) => `${of}.${quoted(column)}`).join(", ")})`;
