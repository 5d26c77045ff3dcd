import { quoteName } from "../../lake-sql/delta-types.ts";

export interface MartColumn {
  readonly name: string;
  /** As DuckDB has it. */
  readonly type: string;
}

/** What both databases call the same thing by other names. */
interface Dialect {
  readonly number: (column: string) => string;
  readonly micros: (column: string) => string;
  readonly text: (column: string) => string;
  /** Of a text: 60 bits of its MD5, which a signed 64-bit number holds. */
  readonly hash: (text: string) => string;
}

const DUCKDB: Dialect = {
  number: (column) => `round(${column} * 1000000)::bigint::varchar`,
  micros: (column) => `epoch_us(${column})::varchar`,
  text: (column) => `${column}::varchar`,
  hash: (text) => `('0x' || left(md5(${text}), 15))::bigint::hugeint`,
};

const POSTGRES: Dialect = {
  number: (column) => `round(${column} * 1000000)::bigint::text`,
  micros: (column) => `(extract(epoch from ${column}) * 1000000)::bigint::text`,
  text: (column) => `${column}::text`,
  hash: (text) => `('x' || left(md5(${text}), 15))::bit(60)::bigint`,
};

/**
 * The sum of the hashes of rows, in which their order does not count, as both databases compute it:
 * of equal rows it is the same number. Doubles have six places in Gold, so they are whole numbers of
 * millionths, and no database's way to write them matters.
 */
const rowsHash = (columns: readonly MartColumn[], dialect: Dialect): string => {
  const parts = columns.map((column) => `coalesce(${valueText(column, dialect)}, chr(29))`);
  return `coalesce(sum(${dialect.hash(parts.join(" || chr(30) || "))}), 0)`;
};

function valueText({ name, type }: MartColumn, dialect: Dialect): string {
  const column = quoteName(name);
  if (type === "DOUBLE") return dialect.number(column);
  if (type === "TIMESTAMP WITH TIME ZONE") return dialect.micros(column);
  if (type === "VARCHAR[]") return `coalesce(array_to_string(${column}, chr(31)), '')`;
  return dialect.text(column);
}

export const duckdbHash = (columns: readonly MartColumn[]): string => rowsHash(columns, DUCKDB);

export const postgresHash = (columns: readonly MartColumn[]): string => rowsHash(columns, POSTGRES);
