import type { LakeSql, SqlRow } from "../lake-sql/lake-sql.ts";

/** Where a row was published, and where it lies in the log. */
export interface Place {
  readonly file: string | null;
  /** 0-based number of the row in the file. */
  readonly row: number | null;
  readonly partition: number;
  readonly offset: number;
}

export const placeOf = (row: SqlRow): Place => ({
  file: row["file"] as string | null,
  row: row["row"] as number | null,
  partition: row["partition"] as number,
  offset: row["offset"] as number,
});

/** Rows of Bronze that name an event, in the order in which they came; none without Bronze. */
export async function readPublished(
  lake: LakeSql,
  kind: "events" | "mentions",
  id: string,
): Promise<SqlRow[]> {
  const folder = `bronze/${kind}`;
  if (!lake.tables.has(folder)) return [];
  return await lake.query(`
    SELECT *, epoch_ms(slice) AS slice_ms FROM ${lake.rows(folder)}
    WHERE global_event_id = '${id}' AND raw IS NULL ORDER BY partition, "offset"`);
}
