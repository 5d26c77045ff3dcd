import { checkBronze } from "./bronze-checks.ts";
import { addFates, withDeath } from "./fates.ts";
import { never } from "./findings.ts";
import { countsOf, fewOf, type Scope, scopedRows } from "./scope.ts";

/**
 * Events: rows = Silver events by status, and duplicates, and dead letters. Each row of Bronze gets
 * the one fate that the tables show; one that has none is missing.
 */
export async function checkEvents(scope: Scope): Promise<void> {
  const { lake, findings, horizon } = scope;
  await lake.run(`CREATE OR REPLACE TEMP TABLE bronze_row AS
    SELECT epoch_ms(slice) AS slice_ms, feed, row, partition, "offset",
           TRY_CAST(global_event_id AS BIGINT) AS id
    FROM ${scopedRows(scope, "bronze/events")}`);
  await lake.run(`CREATE OR REPLACE TEMP TABLE silver_event AS
    SELECT global_event_id AS id, epoch_ms(slice) AS slice_ms,
           arg_max(struct_pack(status, mention_count, generation), rank) AS newest
    FROM (SELECT *, generation::BIGINT << 32 | revision AS rank
          FROM ${scopedRows(scope, "silver/events")})
    GROUP BY ALL`);
  await checkBronze(scope, "events");
  await lake.run(`CREATE OR REPLACE TEMP TABLE fate AS
    SELECT b.*, CASE WHEN nth IS NULL THEN 'dead_letter'
                     WHEN nth > 1 THEN 'duplicate'
                     WHEN s.id IS NULL THEN 'missing'
                     ELSE lower(replace(s.newest.status, 'SILVER_', '')) END AS fate
    FROM (SELECT *, CASE WHEN NOT dead THEN row_number() OVER (
                      PARTITION BY slice_ms, id, dead ORDER BY "offset") END AS nth
          FROM (${withDeath("events")})) b
    LEFT JOIN silver_event s ON s.id = b.id AND s.slice_ms = b.slice_ms`);
  await addFates(scope, ["events", "letters"], "event-missing", "'event ' || coalesce(id, -1)");
  const surplus = await countsOf(
    scope,
    `SELECT slice_ms, 'events' AS feed, count(*) AS n, ${fewOf("'event ' || id")}
     FROM silver_event ANTI JOIN (SELECT slice_ms, id FROM fate WHERE fate <> 'dead_letter')
       USING (slice_ms, id)
     GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("event-surplus", surplus, ({ slice_ms }) => {
    // A late mention may show an event whose own slice is not closed, and may not be in Bronze.
    return !horizon.bronzeCovers("events", "events") || !horizon.isSettled(slice_ms!);
  });
  const twice = await countsOf(
    scope,
    `SELECT slice_ms, 'events' AS feed, count(*) AS n, ${fewOf("key")} FROM (
       SELECT min(epoch_ms(slice)) AS slice_ms,
              'event ' || global_event_id || ' revision ' || revision AS key
       FROM ${scopedRows(scope, "silver/events")}
       GROUP BY global_event_id, generation, revision HAVING count(*) > 1)
     GROUP BY ALL ORDER BY ALL`,
  );
  findings.add("event-revision-twice", twice, never);
  await checkEnded(scope);
}

/** After the end of the stream nothing waits any more. */
async function checkEnded(scope: Scope): Promise<void> {
  if (!scope.horizon.hasEnded("events")) return;
  const waiting = await countsOf(
    scope,
    `SELECT slice_ms, 'events' AS feed, count(*) AS n, ${fewOf("'event ' || id")}
     FROM silver_event WHERE newest.status = 'WAITING' GROUP BY ALL ORDER BY ALL`,
  );
  scope.findings.add("still-waiting", waiting, never);
}
