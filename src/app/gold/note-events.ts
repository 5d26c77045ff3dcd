import type { Transaction } from "../../sinks/postgres/database.ts";
import type { GoldFile } from "./gold-file.ts";

/** Events that go to the server in one statement. */
const EVENTS_MAX = 20_000;

/** Days that the mart keeps the lifecycle of. */
const DAYS_KEPT = `select to_date(right(c.relname, 8), 'YYYYMMDD')::text
  from pg_inherits as i join pg_class as c on c.oid = i.inhrelid
  where i.inhparent = 'ops.lifecycle'::regclass`;

/** An event that is noted already was when the run before died between its two databases. */
const NOTE = `insert into ops.lifecycle (global_event_id, state, slice, reason, generation, reached_at)
  select event, state, to_timestamp(slice_us / 1e6), $1, generation, reached
  from unnest($2::bigint[], $3::bigint[], $4::integer[]) as told (event, slice_us, generation)
  cross join (values ('GOLD_COMPLETE', to_timestamp($5::double precision)),
    ('POSTGRES_COMPLETE', clock_timestamp())) as reached (state, reached)
  on conflict do nothing`;

export interface NotedRun {
  readonly runId: string;
  /** When the models were made and tested, milliseconds since 1970. */
  readonly builtMs: number;
}

/**
 * Says of each event of the changed days whose complete row is in the marts for the first time that it is: in the
 * transaction that publishes them, after they have been compared, so it is true when it can be read. The
 * days that were looked at: of others the mart has no lifecycle, and what is not noted today is with the next run
 * that reads its day.
 */
export async function noteEvents(
  file: GoldFile,
  tx: Transaction,
  { runId, builtMs }: NotedRun,
): Promise<readonly string[]> {
  const { rows } = await tx.query(DAYS_KEPT);
  const days = rows.map(([day]) => day!);
  const events = await file.eventsToNote(days);
  for (let at = 0; at < events.length; at += EVENTS_MAX) {
    const some = events.slice(at, at + EVENTS_MAX);
    const column = (index: number) => `{${some.map((event) => event[index]).join(",")}}`;
    const reason = `run ${runId} of Gold`;
    await tx.query(NOTE, [reason, column(0), column(1), column(2), builtMs / 1000]);
  }
  return days;
}
