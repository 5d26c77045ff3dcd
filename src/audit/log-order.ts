import { never } from "./findings.ts";
import type { Kind } from "./horizon.ts";
import { publishedBy } from "./publications.ts";
import { countsOf, fewOf, type Scope } from "./scope.ts";

/**
 * Runs of consecutive offsets, a few per file: what a file has in a partition lies together in the
 * log. So the whole log can be looked at in the end, over all dates, without its rows.
 */
export const RUNS = `CREATE OR REPLACE TEMP TABLE run (
  date VARCHAR, kind VARCHAR, partition INTEGER, first BIGINT, last BIGINT,
  slice_ms BIGINT, feed VARCHAR)`;

/** Notes where the rows of `bronze_row` lie. */
export const noteRuns = ({ lake, date }: Scope, kind: Kind): Promise<void> =>
  lake.run(`INSERT INTO run
    SELECT '${date}', '${kind}', partition, min("offset"), max("offset"), slice_ms, feed
    FROM (SELECT *, "offset" - dense_rank() OVER (PARTITION BY partition ORDER BY "offset") AS run
          FROM bronze_row)
    GROUP BY partition, run, slice_ms, feed`);

/** No place of the log is there on two dates, and files lie in it in the order of publication. */
export async function checkLogOrder(scope: Scope): Promise<void> {
  const { lake, findings } = scope;
  const before = (value: string) => `${value} OVER (PARTITION BY kind, partition
    ORDER BY first, last ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)`;
  const place = "'partition ' || partition || ' offset ' || first";
  const twice = await countsOf(
    scope,
    `SELECT slice_ms, feed, CAST(sum(least(last, known) - first + 1) AS BIGINT) AS n, ${fewOf(place)}
     FROM (SELECT *, ${before("max(last)")} AS known, ${before("arg_max(date, last)")} AS other
           FROM run)
     WHERE known >= first AND other <> date GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("offset-twice", twice, never);
  await lake.run(`CREATE OR REPLACE TEMP TABLE sole AS ${soleFiles(scope)}`);
  const disorder = await countsOf(
    scope,
    `SELECT slice_ms, feed, count(*) AS n, ${fewOf(place)}
     FROM (SELECT *, ${before("max(ordinal)")} AS newest FROM run JOIN sole USING (slice_ms, feed))
     WHERE newest > ordinal GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("offset-order", disorder, never);
}

/**
 * Files that are the only ones of their feed and slice, so that rows are surely theirs: each with
 * the offset of its entry, which is its place in the order of publication.
 */
function soleFiles({ publications, horizon }: Scope): string {
  const rows: string[] = [];
  for (const feed of publications.feeds.filter((each) => horizon.entriesCover(each))) {
    for (const slice of publications.slices.values()) {
      const published = publishedBy(slice, feed);
      const [sole] = published;
      if (sole === undefined || published.length > 1) continue;
      rows.push(`(${slice.sliceMs}, '${feed}', ${sole.entries.get(feed)!.offset})`);
    }
  }
  const empty = "SELECT 0::BIGINT AS slice_ms, '' AS feed, 0::BIGINT AS ordinal WHERE false";
  return rows.length === 0 ? empty : `${empty} UNION ALL VALUES ${rows.join(", ")}`;
}
