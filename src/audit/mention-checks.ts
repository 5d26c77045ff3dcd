import { checkBronze } from "./bronze-checks.ts";
import { addFates, withDeath } from "./fates.ts";
import { never } from "./findings.ts";
import { countsOf, fewOf, type Scope, scopedRows } from "./scope.ts";

/** The natural key's columns in their order; all but the stamps and the identifier are integers. */
const KEY = [
  "global_event_id",
  "event_time",
  "mention_time",
  "mention_type",
  "mention_identifier",
  "sentence_id",
  "actor1_char_offset",
  "actor2_char_offset",
  "action_char_offset",
] as const;

const STAMPS: readonly string[] = ["event_time", "mention_time"];

const keyOf = (text: (column: string) => string): string =>
  `md5_number(concat_ws(chr(9), ${KEY.map((column) => `coalesce(${text(column)}, '')`).join(", ")}))`;

/** As published: what tells two mentions apart. */
const publishedKey = keyOf((column) => column);

/** By value: what a published row has in common with its row in Silver. */
const valueKey = keyOf((column) =>
  STAMPS.includes(column) || column === "mention_identifier"
    ? column
    : `TRY_CAST(${column} AS BIGINT)::VARCHAR`,
);

const silverKey = keyOf((column) => {
  if (STAMPS.includes(column)) return `strftime(${column}, '%Y%m%d%H%M%S')`;
  return column === "mention_identifier" ? column : `${column}::VARCHAR`;
});

/**
 * Mentions: rows = joined, and orphans by reason, and duplicates, and dead letters.
 * Leaves `silver_mention` behind: the newest row of each mention of the scope.
 */
export async function checkMentions(scope: Scope): Promise<void> {
  const { lake, findings, horizon } = scope;
  await lake.run(`CREATE OR REPLACE TEMP TABLE bronze_row AS
    SELECT epoch_ms(slice) AS slice_ms, feed, row, partition, "offset",
           ${publishedKey} AS published_key, ${valueKey} AS value_key,
           coalesce(global_event_id, '?') || ' in ' || coalesce(mention_identifier, '?') AS name
    FROM ${scopedRows(scope, "bronze/mentions")}`);
  await makeSilverMention(scope);
  await checkBronze(scope, "mentions");
  // Keys that differ as published may be equal by value (7 and 07): those of a value are paired off.
  await lake.run(`CREATE OR REPLACE TEMP TABLE fate AS
    WITH nth AS (
      SELECT *, CASE WHEN NOT dead THEN row_number() OVER (
                  PARTITION BY slice_ms, published_key, dead ORDER BY "offset") END AS nth
      FROM (${withDeath("mentions")})),
    numbered AS (
      SELECT *, CASE WHEN nth = 1 THEN row_number() OVER (
                  PARTITION BY slice_ms, value_key, nth ORDER BY "offset") END AS pair FROM nth)
    SELECT b.slice_ms, b.feed, b.row, b.name, s.mention_key,
           CASE WHEN nth IS NULL THEN 'dead_letter'
                WHEN nth > 1 THEN 'duplicate'
                WHEN s.mention_key IS NULL THEN 'missing'
                WHEN s.event_joined THEN 'joined'
                ELSE 'orphan_' || coalesce(s.orphan_reason, 'without_reason') END AS fate
    FROM numbered b
    LEFT JOIN silver_mention s
      ON s.slice_ms = b.slice_ms AND s.value_key = b.value_key AND s.pair = b.pair`);
  await addFates(scope, ["mentions", "letters"], "mention-missing", "'event ' || name");
  await checkSilverMentions(scope);
  const surplus = await countsOf(
    scope,
    `SELECT slice_ms, 'mentions' AS feed, count(*) AS n, ${fewOf("'event ' || name")}
     FROM silver_mention ANTI JOIN fate USING (mention_key) GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("mention-surplus", surplus, ({ slice_ms }) => {
    // The close of another slice may show it with its event, before its own slice is closed.
    return !horizon.bronzeCovers("mentions", "mentions") || !horizon.isSettled(slice_ms!);
  });
}

async function makeSilverMention(scope: Scope): Promise<void> {
  await scope.lake.run(`CREATE OR REPLACE TEMP TABLE silver_mention AS
    SELECT *, row_number() OVER (PARTITION BY slice_ms, value_key ORDER BY mention_key) AS pair
    FROM (
      SELECT mention_key, epoch_ms(slice) AS slice_ms, ${silverKey} AS value_key,
             global_event_id AS id, epoch_ms(event_time) AS event_ms, mention_type,
             mention_identifier, gkg_record_id, event_joined, orphan_reason, generation,
             global_event_id || ' in ' || coalesce(mention_identifier, '?') AS name
      FROM ${scopedRows(scope, "silver/mentions")}
      QUALIFY row_number() OVER (
        PARTITION BY mention_key ORDER BY generation DESC, revision DESC) = 1)`);
}

async function checkSilverMentions(scope: Scope): Promise<void> {
  const twice = await countsOf(
    scope,
    `SELECT slice_ms, 'mentions' AS feed, count(*) AS n, ${fewOf("key")} FROM (
       SELECT min(epoch_ms(slice)) AS slice_ms,
              'mention ' || mention_key || ' revision ' || revision AS key
       FROM ${scopedRows(scope, "silver/mentions")}
       GROUP BY mention_key, generation, revision HAVING count(*) > 1)
     GROUP BY ALL ORDER BY ALL`,
  );
  scope.findings.add("mention-revision-twice", twice, never);
  const unclear = await countsOf(
    scope,
    `SELECT slice_ms, 'mentions' AS feed, count(*) AS n, ${fewOf("'event ' || name")}
     FROM silver_mention WHERE event_joined <> (orphan_reason IS NULL) GROUP BY ALL ORDER BY ALL`,
  );
  scope.findings.add("mention-outcome", unclear, never);
}
