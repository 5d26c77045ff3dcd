import type { LakeSql } from "../lake-sql/lake-sql.ts";

/** How the feeds of a slice were closed, the newest word of each. */
export interface SliceClosings {
  readonly slice_ms: number;
  readonly attempts: number;
  readonly feeds: readonly {
    readonly feed: string;
    readonly status: string;
    readonly file: string | null;
    readonly reason: string | null;
  }[];
}

/** None without Bronze, which knows them. */
export async function readSlices(
  lake: LakeSql,
  wantedMs: readonly number[],
): Promise<SliceClosings[]> {
  if (!lake.tables.has("bronze/slices")) return [];
  const rows = await lake.query(`
    SELECT epoch_ms(slice) AS slice_ms, max(max(attempt)) OVER (PARTITION BY slice) AS attempts,
           feed, arg_max(status, "offset") AS status, arg_max(file, "offset") AS file,
           arg_max(coalesce(reason, outcome), "offset")
             FILTER (coalesce(reason, outcome) NOT IN ('unchanged', 'missing')) AS reason
    FROM ${lake.rows("bronze/slices")}
    WHERE epoch_ms(slice) IN (${[...new Set(wantedMs)].join(", ")}) AND attempt > 0
    GROUP BY slice, feed ORDER BY slice, feed`);
  const closings = rows as unknown as (SliceClosings & SliceClosings["feeds"][number])[];
  return [...Map.groupBy(closings, ({ slice_ms }) => slice_ms)].map(([slice_ms, of]) => ({
    slice_ms,
    attempts: of[0]!.attempts,
    feeds: of.map(({ feed, status, file, reason }) => ({ feed, status, file, reason })),
  }));
}
