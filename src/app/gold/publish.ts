import { quoteName, quoteText } from "../../lake-sql/delta-types.ts";
import { TaskCorruptedError } from "../../record/errors.ts";
import type { Transaction } from "../../sinks/postgres/database.ts";
import type { GoldFile } from "./gold-file.ts";
import { GOLD_MARTS, type GoldMart } from "./gold-marts.ts";
import {
  type Content,
  contentSql,
  contents,
  contentText,
  differing,
  isSame,
  KNOWN_CONTENTS,
  sumOfRows,
} from "./partition-content.ts";
import { duckdbHash, type MartColumn, postgresHash } from "./row-text.ts";

/** Characters of rows that go to the server in one statement. */
const STATEMENT_CHARS_MAX = 2_000_000;

export interface Published {
  /** Partitions that were replaced or dropped. */
  readonly partitions: number;
  /** Rows written. */
  readonly rows: number;
  /** Rows that each table has now. */
  readonly tables: ReadonlyMap<string, number>;
}

interface Publication {
  readonly file: GoldFile;
  readonly tx: Transaction;
  readonly mart: GoldMart;
  readonly columns: readonly MartColumn[];
}

/**
 * Brings the tables of Postgres up to those of the file, within a transaction: readers see all of
 * them as they were, or as they are now. Only partitions that differ are written; which these are
 * ops.gold_partitions and the file say, so it does not matter what became of earlier runs. What is
 * written is read back and compared.
 * @throws TaskCorruptedError when it is not what was sent.
 */
export async function publish(file: GoldFile, tx: Transaction, runId: string): Promise<Published> {
  const tables = new Map<string, number>();
  let partitions = 0;
  let rows = 0;
  for (const mart of GOLD_MARTS) {
    const columns = await columnsOf(file, mart);
    const made = contents(await file.texts(contentSql(mart, duckdbHash(columns))));
    const known = contents((await tx.query(KNOWN_CONTENTS, [mart.name])).rows);
    const stale = differing(made, known);
    tables.set(mart.name, sumOfRows(made));
    if (stale.length === 0) continue;
    const publication = { file, tx, mart, columns };
    await replaceRows(publication, stale);
    await compareRows(publication, stale, made);
    await noteContents(publication, { stale, made, runId });
    partitions += stale.length;
    rows += stale.reduce((sum, key) => sum + (made.get(key)?.rows ?? 0), 0);
  }
  return { partitions, rows, tables };
}

async function columnsOf(file: GoldFile, { name }: GoldMart): Promise<MartColumn[]> {
  const found = await file.texts(`select column_name, data_type from information_schema.columns
    where table_schema = 'gold' and table_name = ${quoteText(name)} order by ordinal_position`);
  return found.map(([column, type]) => ({ name: column!, type: type! }));
}

const among = ({ partition, partitionType }: GoldMart): string =>
  `${partition} = any($1::${partitionType}[])`;

async function replaceRows(
  { file, tx, mart, columns }: Publication,
  stale: readonly string[],
): Promise<void> {
  const names = columns.map(({ name }) => quoteName(name)).join(", ");
  await tx.query(`delete from gold.${mart.name} where ${among(mart)}`, [pgArray(stale)]);
  const insert = `insert into gold.${mart.name} (${names})
    select ${names} from json_populate_recordset(null::gold.${mart.name}, $1::json)`;
  const keys = stale.map(quoteText).join(", ");
  const rows = file.rows(`select to_json(row)::varchar from (select ${names} from gold.${mart.name}
    where ${mart.partition}::varchar in (${keys})) as row`);
  for await (const statement of inStatements(rows)) {
    await tx.query(insert, [`[${statement.join(",")}]`]);
  }
}

/** Rows, as many as one statement may take. */
async function* inStatements(rows: AsyncIterable<string>): AsyncGenerator<string[]> {
  let batch: string[] = [];
  let chars = 0;
  for await (const row of rows) {
    if (chars + row.length > STATEMENT_CHARS_MAX && batch.length > 0) {
      yield batch;
      batch = [];
      chars = 0;
    }
    batch.push(row);
    chars += row.length;
  }
  if (batch.length > 0) yield batch;
}

async function compareRows(
  { tx, mart, columns }: Publication,
  stale: readonly string[],
  made: ReadonlyMap<string, Content>,
): Promise<void> {
  const sql = contentSql(mart, postgresHash(columns), among(mart));
  const found = contents((await tx.query(sql, [pgArray(stale)])).rows);
  for (const key of stale) {
    const [sent, has] = [made.get(key), found.get(key)];
    if (isSame(sent, has)) continue;
    throw new TaskCorruptedError(
      `gold.${mart.name} of ${key} has ${contentText(has)}, sent were ${contentText(sent)}: ` +
        "nothing of the run is published; look at what else writes there, triggers and rules too",
    );
  }
}

async function noteContents(
  { tx, mart }: Publication,
  { stale, made, runId }: { stale: readonly string[]; made: Map<string, Content>; runId: string },
): Promise<void> {
  await tx.query(
    "delete from ops.gold_partitions where table_name = $1 and partition = any($2::text[])",
    [mart.name, pgArray(stale)],
  );
  const present = stale.filter((key) => made.has(key));
  await tx.query(
    `insert into ops.gold_partitions (table_name, partition, rows, checksum, run_id)
      select $1, partition, rows, checksum, $2::bigint
      from unnest($3::text[], $4::bigint[], $5::numeric[]) as made (partition, rows, checksum)`,
    [
      mart.name,
      runId,
      pgArray(present),
      pgArray(present.map((key) => String(made.get(key)!.rows))),
      pgArray(present.map((key) => made.get(key)!.checksum)),
    ],
  );
}

/** As Postgres reads an array. */
const pgArray = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replace(/["\\]/g, "\\$&")}"`).join(",")}}`;
