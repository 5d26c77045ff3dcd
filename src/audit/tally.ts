import { countsOf, dateOf, fewOf, type Scope, timestampAt } from "./scope.ts";

/**
 * Events and their mentions lie on different dates, so both are noted in passing, a few numbers per
 * event, and held against each other at the end.
 */
export const TALLY = `CREATE OR REPLACE TEMP TABLE tally (
  id BIGINT, slice_ms BIGINT, events INTEGER, counted BIGINT, joined BIGINT, orphans BIGINT)`;

/** Notes the events and mentions of the scope: `silver_event` and `silver_mention`. */
export async function noteTally({ lake }: Scope): Promise<void> {
  await lake.run(`INSERT INTO tally
    SELECT id, slice_ms, 1, newest.mention_count, 0, 0 FROM silver_event`);
  await noteMentions(lake, "silver_mention");
}

const noteMentions = (lake: Scope["lake"], mentions: string): Promise<void> =>
  lake.run(`INSERT INTO tally
    SELECT id, event_ms, 0, 0, count(*) FILTER (event_joined),
           count(*) FILTER (NOT event_joined AND orphan_reason <> 'older_than_retention'
             AND generation > 0)
    FROM ${mentions} GROUP BY id, event_ms`);

/**
 * Where only one slice is looked at: what others have to do with it. Mentions of its events, which
 * no earlier slice has; and the events that its mentions speak of, which have other mentions too, so
 * that of those it only counts that they are there.
 */
export async function noteOtherSlices({ lake }: Scope, sliceMs: number): Promise<void> {
  const since = dateOf(sliceMs);
  const { dates } = lake.tables.get("silver/mentions")!;
  const later = new Set([...dates].filter((date) => date !== null && date >= since));
  await noteMentions(
    lake,
    `(SELECT global_event_id AS id, epoch_ms(event_time) AS event_ms, event_joined, orphan_reason,
             generation
      FROM ${lake.rows("silver/mentions", later)}
      WHERE event_time = ${timestampAt(sliceMs)} AND slice <> ${timestampAt(sliceMs)}
      QUALIFY row_number() OVER (
        PARTITION BY mention_key ORDER BY generation DESC, revision DESC) = 1)`,
  );
  const spokenOf = await lake.query("SELECT DISTINCT slice_ms FROM tally");
  const earlier = new Set(spokenOf.map((row) => dateOf(row["slice_ms"] as number)));
  await lake.run(`INSERT INTO tally
    SELECT t.id, t.slice_ms, 1, t.joined, 0, 0
    FROM (SELECT id, slice_ms, sum(joined) AS joined FROM tally
          WHERE slice_ms <> ${sliceMs} GROUP BY id, slice_ms) t
    SEMI JOIN ${lake.rows("silver/events", earlier)} e
      ON e.global_event_id = t.id AND epoch_ms(e.slice) = t.slice_ms`);
}

/** Held against each other where both tables have come equally far, else for later. */
export async function checkTally(scope: Scope): Promise<void> {
  const { lake, findings, horizon } = scope;
  await lake.run(`CREATE OR REPLACE TEMP TABLE told AS
    SELECT id, slice_ms, sum(events) AS events, CAST(sum(counted) AS BIGINT) AS counted,
           CAST(sum(joined) AS BIGINT) AS joined, sum(orphans) AS orphans
    FROM tally GROUP BY id, slice_ms
    HAVING counted <> joined OR (orphans > 0 AND sum(events) > 0)`);
  const where = (condition: string, example: string) =>
    countsOf(
      scope,
      `SELECT slice_ms, 'events' AS feed, count(*) AS n, ${fewOf(example)}
       FROM told WHERE ${condition} GROUP BY ALL ORDER BY ALL`,
    );
  const isOpen = () =>
    !horizon.covers("events", "mentions") || !horizon.covers("mentions", "events");
  const event = "'event ' || id";
  const numbers = `${event} || ' counts ' || counted || ', joined are ' || joined`;
  const miscounted = await where("events > 0 AND counted <> joined", numbers);
  findings.add("mention-count", miscounted, isOpen);
  const eventless = await where("events = 0 AND joined > 0", event);
  findings.add("joined-without-event", eventless, isOpen);
  const orphaned = await where("events > 0 AND orphans > 0", event);
  findings.add("orphan-with-event", orphaned, isOpen);
}
