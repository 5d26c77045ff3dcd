import { never } from "./findings.ts";
import { countsOf, fewOf, type Scope, scopedRows } from "./scope.ts";

/** States that Silver decides; others are reached further on, in marts. */
const SILVER_STATES = "('WAITING', 'SILVER_COMPLETE', 'EXPIRED')";

/**
 * Every event has reached WAITING first, and its status in Silver, each once per generation, and no
 * other state. A generation may have begun with what another had reached. Needs the events'
 * `silver_event`.
 */
export async function checkLifecycle(scope: Scope): Promise<void> {
  const { lake, findings, horizon } = scope;
  await lake.run(`CREATE OR REPLACE TEMP TABLE reached AS
    SELECT global_event_id AS id, epoch_ms(slice) AS slice_ms, generation, state, count(*) AS n,
           min(reached_at) AS first_at
    FROM ${scopedRows(scope, "audit/lifecycle")} GROUP BY ALL`);
  const of = (rows: string, key: string) =>
    countsOf(
      scope,
      `SELECT slice_ms, 'events' AS feed, count(*) AS n, ${fewOf(key)}
       FROM (${rows}) GROUP BY ALL ORDER BY ALL`,
    );
  const named = "'event ' || id || ' ' || state";
  findings.add("state-twice", await of("FROM reached WHERE n > 1", named), never);
  const before = `SELECT r.* FROM reached r JOIN reached w USING (id, slice_ms, generation)
    WHERE w.state = 'WAITING' AND r.first_at < w.first_at`;
  findings.add("waiting-first", await of(before, named), never);
  const expected = `SELECT id, slice_ms, newest.generation AS generation,
      unnest(list_distinct(['WAITING', newest.status])) AS state FROM silver_event`;
  const missing = `SELECT e.* FROM (${expected}) e ANTI JOIN reached r
    ON e.id = r.id AND e.slice_ms = r.slice_ms AND e.state = r.state
      AND r.generation <= e.generation`;
  findings.add("state-missing", await of(missing, named), () => {
    return !horizon.covers("lifecycle", "events");
  });
  const surplus = `SELECT * FROM (
      SELECT r.* FROM reached r LEFT JOIN silver_event s USING (id, slice_ms)
      WHERE state IN ${SILVER_STATES} AND (s.id IS NULL OR s.newest.generation = r.generation))
    ANTI JOIN (${expected}) USING (id, slice_ms, generation, state)`;
  findings.add("state-surplus", await of(surplus, named), () => {
    return !horizon.covers("events", "lifecycle");
  });
}
