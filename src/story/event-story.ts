import type { LakeSql, SqlRow } from "../lake-sql/lake-sql.ts";
import { type DocumentStory, readDocuments } from "./documents.ts";
import { missingParts } from "./missing-parts.ts";
import { type Place, placeOf, readPublished } from "./published-rows.ts";
import { readSlices, type SliceClosings } from "./slice-closings.ts";

/** A state that the event has reached. */
export interface StateStory {
  readonly state: string;
  readonly reason: string | null;
  readonly at_ms: number;
}

/** One revision of the event's row, oldest first; a compaction drops those that are superseded. */
export interface RevisionStory {
  readonly generation: number;
  readonly revision: number;
  readonly status: string;
  /** The newest slice that has contributed. */
  readonly revised_slice_ms: number;
  readonly committed_at_ms: number | null;
  readonly mention_count: number;
  readonly source_count: number;
  readonly document_count: number;
  /** What it says otherwise than the one before. */
  readonly changes: readonly Change[];
}

/** A column that changed: its values, or of a list what came and what went. */
export type Change =
  | { readonly column: string; readonly before: SqlRow[string]; readonly after: SqlRow[string] }
  | {
      readonly column: string;
      readonly added: readonly string[];
      readonly removed: readonly string[];
    };

/** All that the lake knows of one event. */
export interface EventStory {
  /** The newest row of `silver.events`. */
  readonly event: SqlRow;
  readonly slice_ms: number;
  readonly states: readonly StateStory[];
  readonly revisions: readonly RevisionStory[];
  /** Documents that mention it, in the order in which they came. */
  readonly documents: readonly DocumentStory[];
  /** Where its row was published; null where Bronze does not say. */
  readonly published: Place | null;
  /** Slices that have to do with it, and how their feeds were closed. */
  readonly slices: readonly SliceClosings[];
  /** What is not there, and why, in words. */
  readonly missing: readonly string[];
}

/** The story of an event, or null when Silver has none of that id. */
export async function readStory(lake: LakeSql, id: string): Promise<EventStory | null> {
  const rows = await lake.query(`
    SELECT * EXCLUDE (slice_date), epoch_ms(slice) AS slice_ms,
           epoch_ms(revised_slice) AS revised_slice_ms,
           epoch_ms(silver_committed_at) AS committed_at_ms
    FROM ${lake.rows("silver/events")} WHERE global_event_id = ${id}
    ORDER BY generation, revision`);
  const newest = rows.at(-1);
  if (newest === undefined) return null;
  const { slice_ms, revised_slice_ms: _, committed_at_ms: __, ...event } = newest;
  const sliceMs = slice_ms as number;
  const documents = await readDocuments(lake, id, sliceMs);
  const slices = await readSlices(lake, [sliceMs, ...documents.map((each) => each.slice_ms)]);
  const published = (await readPublished(lake, "events", id))[0];
  const story = {
    event,
    slice_ms: sliceMs,
    states: await readStates(lake, id),
    revisions: rows.map((row, i) => revisionStory(row, rows[i - 1])),
    documents,
    published: published === undefined ? null : placeOf(published),
    slices,
  };
  return { ...story, missing: missingParts(story, lake.tables.has("bronze/events")) };
}

async function readStates(lake: LakeSql, id: string): Promise<StateStory[]> {
  const rows = await lake.query(`
    SELECT state, reason, epoch_ms(reached_at) AS at_ms
    FROM ${lake.rows("audit/lifecycle")} WHERE global_event_id = ${id}
    ORDER BY generation, reached_at, state <> 'WAITING'`);
  return rows as unknown as StateStory[];
}

/** Columns whose change needs no telling: it is told by the row's own place in the list. */
const TOLD = [
  "generation",
  "revision",
  "status",
  "revised_slice",
  "revised_slice_ms",
  "silver_committed_at",
  "committed_at_ms",
  "completed_at",
  "mention_count",
  "source_count",
  "document_count",
  "sentence",
];

function revisionStory(row: SqlRow, before: SqlRow | undefined): RevisionStory {
  const changed = Object.keys(row).filter(
    (name) =>
      before !== undefined &&
      !TOLD.includes(name) &&
      JSON.stringify(row[name]) !== JSON.stringify(before[name]),
  );
  return {
    generation: row["generation"] as number,
    revision: row["revision"] as number,
    status: row["status"] as string,
    revised_slice_ms: row["revised_slice_ms"] as number,
    committed_at_ms: row["committed_at_ms"] as number | null,
    mention_count: row["mention_count"] as number,
    source_count: row["source_count"] as number,
    document_count: row["document_count"] as number,
    changes: changed
      .map((column) => changeOf(column, before![column]!, row[column]!))
      .filter((change) => change !== null),
  };
}

/** Null for a list which is only in another order. */
function changeOf(column: string, before: SqlRow[string], after: SqlRow[string]): Change | null {
  if (!Array.isArray(before) || !Array.isArray(after)) return { column, before, after };
  const added = after.filter((item) => !before.includes(item)) as string[];
  const removed = before.filter((item) => !after.includes(item)) as string[];
  return added.length + removed.length === 0 ? null : { column, added, removed };
}
