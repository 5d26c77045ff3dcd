import type { DescribedTable } from "../../src/gdelt/described-table.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { postgresType } from "../../src/sinks/postgres/column-type.ts";
import type { Transaction } from "../../src/sinks/postgres/database.ts";

interface MartTable {
  readonly described: DescribedTable;
  readonly mart: { readonly name: string };
}

const COLUMNS = `
  select attname, format_type(atttypid, atttypmod), attnotnull, col_description(attrelid, attnum)
  from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
  order by attnum`;

/**
 * What a further migration has to say so that the tables are as they are declared; empty: nothing.
 * Columns are only added, and their texts changed.
 * @throws ConfigError for any other difference, with the table and the column.
 */
export async function martChanges(tx: Transaction, tables: readonly MartTable[]): Promise<string> {
  let sql = "";
  for (const { described, mart } of tables) {
    const { rows } = await tx.query(COLUMNS, [mart.name]);
    for (const [i, { field, description }] of described.columns.entries()) {
      const { name, nullable } = field;
      const wanted = `${name} ${postgresType(field).name}${nullable ? "" : " not null"}`;
      const [found, type, notNull, comment] = rows[i] ?? [];
      const had = `${found} ${type}${notNull === "t" ? " not null" : ""}`;
      if (found === undefined) sql += addition(mart.name, wanted, nullable);
      else if (had !== wanted) throw refusal(mart.name, `declared is ${wanted}, there is ${had}`);
      if (comment !== description) sql += commentOn(mart.name, name, description);
    }
    const more = rows[described.columns.length];
    if (more !== undefined) throw refusal(mart.name, `there is ${more[0]}, which is not declared`);
  }
  return sql;
}

function addition(table: string, column: string, nullable: boolean): string {
  if (nullable) return `alter table ${table} add column ${quoted(column)};\n`;
  throw refusal(table, `${column} is new, and a new column must be optional`);
}

/** Of `name type`: some names are words of SQL. */
const quoted = (column: string): string => column.replace(/^\S+/, (name) => `"${name}"`);

const commentOn = (table: string, column: string, description: string): string =>
  `comment on column ${table}."${column}" is '${description.replaceAll("'", "''")}';\n`;

const refusal = (table: string, what: string): ConfigError =>
  new ConfigError(
    `${table}: ${what}; columns may only be added, optional and at the end of the table`,
  );
