import { feedNamed } from "../gdelt/feeds.ts";
import { never } from "./findings.ts";
import type { Kind } from "./horizon.ts";
import { noteRuns } from "./log-order.ts";
import { isPublication } from "./publications.ts";
import { countsOf, fewOf, isInScope, type Scope } from "./scope.ts";

/**
 * Rows in the files are rows in Bronze: of every published file the rows 0 to n - 1, each once, as
 * often as it was published. Looks at `bronze_row`, which holds the scope's rows of a kind of feed.
 */
export async function checkBronze(scope: Scope, kind: Kind): Promise<void> {
  await checkRowNumbers(scope, kind);
  await checkOffsets(scope);
  await noteRuns(scope, kind);
  const bronze = await countsOf(
    scope,
    "SELECT slice_ms, feed, count(*) AS n, NULL AS examples FROM bronze_row GROUP BY ALL",
  );
  for (const { slice_ms, feed, n } of bronze) scope.accounts.add(slice_ms!, feed!, "bronze", n);
}

async function checkRowNumbers(scope: Scope, kind: Kind): Promise<void> {
  const { findings, horizon, lake } = scope;
  await lake.run(`CREATE OR REPLACE TEMP TABLE published AS ${publishedRows(scope, kind)}`);
  await lake.run(`CREATE OR REPLACE TEMP TABLE row_number_count AS
    SELECT slice_ms, feed, row, coalesce(e.n, 0) AS published, coalesce(e.sure, 0) AS sure,
           coalesce(b.n, 0) AS found
    FROM (SELECT slice_ms, feed, row, count(*) AS n, count(*) FILTER (sure) AS sure
          FROM (SELECT slice_ms, feed, sure, unnest(range(rows)) AS row FROM published)
          GROUP BY ALL) e
    FULL JOIN (SELECT slice_ms, feed, row, count(*) AS n FROM bronze_row GROUP BY ALL) b
      USING (slice_ms, feed, row)
    WHERE coalesce(e.n, 0) <> coalesce(b.n, 0)`);
  const differing = (condition: string, by: string) =>
    countsOf(
      scope,
      `SELECT slice_ms, feed, CAST(sum(${by}) AS BIGINT) AS n, ${fewOf("'row ' || row")}
       FROM row_number_count WHERE ${condition} GROUP BY ALL ORDER BY ALL`,
    );
  findings.add("bronze-missing", await differing("found < sure", "sure - found"), never);
  const pending = await differing("found >= sure AND found < published", "published - found");
  findings.add("bronze-missing", pending, () => true);
  const surplus = await differing("found > published", "found - published");
  findings.add("bronze-surplus", surplus, ({ feed }) => !horizon.entriesCover(feed!));
}

/** One row per published file; `sure` where Bronze must have it. */
function publishedRows(scope: Scope, kind: Kind): string {
  const entries = new Map<string, number>();
  const rows: string[] = [];
  for (const { entries: closed } of scope.publications.attempts) {
    for (const entry of closed.values()) {
      const nth = (entries.get(entry.feed) ?? 0) + 1;
      entries.set(entry.feed, nth);
      const wanted =
        isPublication(entry) &&
        feedNamed(entry.feed).kind === kind &&
        isInScope(scope, entry.sliceMs);
      if (!wanted) continue;
      const sure = scope.horizon.isInBronze(entry.feed, nth);
      rows.push(`(${entry.sliceMs}, '${entry.feed}', ${entry.rows}, ${sure})`);
    }
  }
  const empty = "SELECT 0::BIGINT AS slice_ms, '' AS feed, 0::BIGINT AS rows, false AS sure";
  return rows.length === 0
    ? `${empty} WHERE false`
    : `${empty} WHERE false UNION ALL VALUES ${rows}`;
}

async function checkOffsets(scope: Scope): Promise<void> {
  const twice = await countsOf(
    scope,
    `SELECT slice_ms, feed, count(*) AS n, ${fewOf("place")} FROM (
       SELECT min(slice_ms) AS slice_ms, min(feed) AS feed,
              'partition ' || partition || ' offset ' || "offset" AS place
       FROM bronze_row GROUP BY partition, "offset" HAVING count(*) > 1)
     GROUP BY ALL ORDER BY ALL`,
  );
  scope.findings.add("offset-twice", twice, never);
  const disorder = await countsOf(
    scope,
    `SELECT slice_ms, feed, count(*) AS n,
            ${fewOf("'partition ' || partition || ' offset ' || \"offset\"")}
     FROM (SELECT *, lag(struct_pack(slice_ms, feed, row, at := "offset")) OVER (
             PARTITION BY partition ORDER BY "offset", row) AS before FROM bronze_row)
     WHERE before.at = "offset" - 1
       AND (before.slice_ms <> slice_ms OR before.feed <> feed OR before.row >= row)
     GROUP BY ALL ORDER BY ALL`,
  );
  scope.findings.add("offset-order", disorder, never);
}
