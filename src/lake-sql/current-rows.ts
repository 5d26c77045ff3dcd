import { quoteName } from "./delta-types.ts";
import type { PinnedTable } from "./pinned-table.ts";

/** Which of the rows of a key is current: that of the greatest rank. */
export interface Newest {
  readonly key: readonly string[];
  readonly rank: readonly [string, string];
}

/**
 * Of each key the row of the greatest rank, of some dates or all; null: every row. A key never leaves its
 * partition, and saying so lets DuckDB read one day alone for a question about it.
 */
export function currentRows(
  table: PinnedTable,
  newest: Newest | null,
  dates?: ReadonlySet<string | null>,
): string {
  const rows = table.rows(dates);
  if (newest === null) return rows;
  const within = table.partition === null ? newest.key : [...newest.key, table.partition];
  const key = within.map(quoteName).join(", ");
  const rank = newest.rank.map((name) => `${quoteName(name)} DESC`).join(", ");
  return `(FROM ${rows} QUALIFY row_number() OVER (PARTITION BY ${key} ORDER BY ${rank}) = 1)`;
}
