import { checkBronze } from "./bronze-checks.ts";
import { addFates, hasUnknownRows, withDeath } from "./fates.ts";
import type { Count } from "./findings.ts";
import { publishedBy } from "./publications.ts";
import { countsOf, fewOf, type Scope, scopedRows } from "./scope.ts";

/**
 * GKG: rows = used and unused (its record id is the context of a mention in Silver, or of none), and
 * duplicates, and dead letters. Since every row is one or the other, the join is held against the
 * rows too: a document with a row in the slice gives its mentions a context, and only such a row.
 * Needs the mentions' `silver_mention`.
 */
export async function checkGkg(scope: Scope): Promise<void> {
  const { lake } = scope;
  await lake.run(`CREATE OR REPLACE TEMP TABLE bronze_row AS
    SELECT epoch_ms(slice) AS slice_ms, feed, row, partition, "offset",
           document_identifier AS document, gkg_record_id AS record_id
    FROM ${scopedRows(scope, "bronze/gkg")}`);
  await checkBronze(scope, "gkg");
  await lake.run(`CREATE OR REPLACE TEMP TABLE fate AS
    WITH used AS (
      SELECT DISTINCT slice_ms, mention_identifier AS document, gkg_record_id AS record_id
      FROM silver_mention WHERE gkg_record_id IS NOT NULL)
    SELECT b.*, CASE WHEN nth IS NULL THEN 'dead_letter'
                     WHEN nth > 1 THEN 'duplicate'
                     WHEN u.record_id IS NULL THEN 'unused' ELSE 'used' END AS fate
    FROM (SELECT *, CASE WHEN NOT dead THEN row_number() OVER (
                      PARTITION BY slice_ms, document, record_id, dead ORDER BY "offset") END AS nth
          FROM (${withDeath("gkg")})) b
    LEFT JOIN used u USING (slice_ms, document, record_id)`);
  // No row is ever without a fate here; that the join gave it the right one is checked below.
  await addFates(scope, [], "context-missing", "record_id");
  await checkContexts(scope);
}

/** A row whose names take more than this may be over what the state can hold, and is left out. */
const NAMES_BYTES_MAX = 32_000;

async function checkContexts(scope: Scope): Promise<void> {
  const { findings, horizon, publications } = scope;
  const surplus = await countsOf(
    scope,
    `SELECT slice_ms, 'gkg' AS feed, count(*) AS n, ${fewOf("gkg_record_id || ' of event ' || name")}
     FROM silver_mention m
     ANTI JOIN fate f ON f.slice_ms = m.slice_ms AND f.document = m.mention_identifier
                     AND f.record_id = m.gkg_record_id AND f.fate <> 'dead_letter'
     WHERE gkg_record_id IS NOT NULL GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("context-surplus", surplus, ({ slice_ms }) => {
    // As with the mention itself: its event may show it before its slice is closed.
    return !horizon.bronzeCovers("gkg", "mentions") || !horizon.isSettled(slice_ms!);
  });
  const missing = await countsOf(
    scope,
    `WITH lacking AS (
       SELECT DISTINCT m.slice_ms, f.feed, f.row, 'event ' || m.name AS key FROM silver_mention m
       JOIN fate f ON f.slice_ms = m.slice_ms AND f.document = m.mention_identifier
       WHERE m.gkg_record_id IS NULL AND m.mention_type = 1 AND f.fate <> 'dead_letter')
     SELECT slice_ms, feed, count(*) AS n, ${fewOf("key")}
     FROM lacking ANTI JOIN (
       SELECT epoch_ms(slice) AS slice_ms, feed, row FROM ${scopedRows(scope, "bronze/gkg")}
       WHERE strlen(concat(v2_themes, v2_persons, v2_organizations)) > ${NAMES_BYTES_MAX}) large
       USING (slice_ms, feed, row)
     GROUP BY ALL ORDER BY ALL`,
  );
  // A file of mentions that comes a second time finds the documents of its slice gone.
  const again = ({ slice_ms }: Count) => {
    const slice = publications.slices.get(slice_ms!);
    return publications.feeds.some(
      (feed) => feed.startsWith("mentions") && slice && publishedBy(slice, feed).length > 1,
    );
  };
  findings.add(
    "context-missing",
    missing.filter((count) => !again(count)),
    ({ slice_ms, feed }) =>
      scope.accounts.feedsOf(slice_ms!).some((each) => hasUnknownRows(scope, slice_ms!, each)) ||
      !horizon.isIn(["mentions"], slice_ms!, feed!),
  );
}
