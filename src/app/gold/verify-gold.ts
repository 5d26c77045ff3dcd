import type { Database, Transaction } from "../../sinks/postgres/database.ts";
import { GOLD_MARTS, type GoldMart } from "./gold-marts.ts";
import {
  contentSql,
  contents,
  contentText,
  differing,
  KNOWN_CONTENTS,
  sumOfRows,
} from "./partition-content.ts";
import { type MartColumn, postgresHash } from "./row-text.ts";

export interface GoldVerified {
  /** A line for each table, and one for each partition that is not what was published. */
  readonly text: string;
  readonly isWhole: boolean;
}

/**
 * Counts the rows of every table of Gold and computes their checksums again, and holds them against what the
 * last complete run has published: all at one moment, whatever runs beside it.
 */
export const verifyGold = (database: Database): Promise<GoldVerified> =>
  database.transaction(async (tx) => {
    await tx.execute("set transaction isolation level repeatable read, read only");
    const lines: string[] = [];
    let isWhole = true;
    for (const mart of GOLD_MARTS) {
      const columns = await columnsOf(tx, mart);
      const has = contents((await tx.query(contentSql(mart, postgresHash(columns)))).rows);
      const published = contents((await tx.query(KNOWN_CONTENTS, [mart.name])).rows);
      const wrong = differing(has, published);
      isWhole &&= wrong.length === 0;
      const state = wrong.length === 0 ? "equal" : `${wrong.length} differ`;
      lines.push(
        `${mart.name}: ${sumOfRows(has)} rows in ${has.size} partitions, ${state}`,
        ...wrong.map(
          (key) =>
            `  ${key} has ${contentText(has.get(key))}, published were ${contentText(published.get(key))}`,
        ),
      );
    }
    return { text: `${lines.join("\n")}\n`, isWhole };
  });

/** Names that the hash knows: those of DuckDB. */
const DUCKDB_TYPES: Readonly<Record<string, string>> = {
  "double precision": "DOUBLE",
  "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
  "text[]": "VARCHAR[]",
};

async function columnsOf(tx: Transaction, { name }: GoldMart): Promise<MartColumn[]> {
  const { rows } = await tx.query(
    `select attname, format_type(atttypid, atttypmod) from pg_attribute
      where attrelid = 'gold.${name}'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  return rows.map(([column, type]) => ({ name: column!, type: DUCKDB_TYPES[type!] ?? type! }));
}
