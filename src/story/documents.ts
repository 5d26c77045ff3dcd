import { parseExtras } from "../gdelt/gkg-extras.ts";
import { parseOffsetNames, parseTone } from "../gdelt/gkg-fields.ts";
import { quoteText } from "../lake-sql/delta-types.ts";
import type { LakeSql, SqlRow } from "../lake-sql/lake-sql.ts";
import { RecordError } from "../record/errors.ts";
import { type Place, placeOf, readPublished } from "./published-rows.ts";

/** One sentence that speaks of the event. */
export interface MentionStory {
  readonly sentence_id: number | null;
  /** Per cent. */
  readonly confidence: number | null;
  readonly tone: number | null;
  readonly joined: boolean;
  readonly orphan_reason: string | null;
  readonly revision: number;
  readonly published: Place | null;
}

/** What GKG says of a document. */
export interface ContextStory {
  readonly record_id: string;
  readonly title: string | null;
  readonly tone: number | null;
  readonly themes: readonly string[];
  readonly persons: readonly string[];
  readonly organizations: readonly string[];
  readonly published: Place;
}

/** A document that mentions the event, in one slice. */
export interface DocumentStory {
  readonly slice_ms: number;
  readonly identifier: string | null;
  readonly source: string | null;
  /** 1: a web page; only those have a GKG row of their own. */
  readonly mention_type: number;
  /** The context that the mentions have in Silver; null: none. */
  readonly gkg_record_id: string | null;
  /** The row of Bronze with that record id; null where Bronze does not have it. */
  readonly context: ContextStory | null;
  readonly mentions: readonly MentionStory[];
}

/** The documents that mention an event, by slice and then by name. `sinceMs`: nothing is earlier. */
export async function readDocuments(
  lake: LakeSql,
  id: string,
  sinceMs: number,
): Promise<DocumentStory[]> {
  const since = new Date(sinceMs).toISOString().slice(0, 10);
  const dates = [...lake.tables.get("silver/mentions")!.dates].filter((date) => date! >= since);
  const rows = await lake.query(`
    SELECT *, epoch_ms(slice) AS slice_ms, strftime(event_time, '%Y%m%d%H%M%S') AS event_stamp
    FROM ${lake.rows("silver/mentions", new Set(dates))} WHERE global_event_id = ${id}
    QUALIFY row_number() OVER (
      PARTITION BY mention_key ORDER BY generation DESC, revision DESC) = 1
    ORDER BY slice, mention_source_name, mention_identifier, sentence_id`);
  const published = new Map(
    (await readPublished(lake, "mentions", id)).map((row) => [publishedKey(row), placeOf(row)]),
  );
  const groups = Map.groupBy(rows, (row) => `${row["slice_ms"]} ${row["mention_identifier"]}`);
  const contexts = await readContexts(lake, rows);
  return [...groups.values()].map((mentions) => documentStory(mentions, published, contexts));
}

/** The natural key, as both tables spell it. */
const publishedKey = (row: SqlRow): string =>
  [
    row["slice_ms"],
    row["mention_type"],
    row["mention_identifier"],
    row["sentence_id"],
    row["actor1_char_offset"],
    row["actor2_char_offset"],
    row["action_char_offset"],
  ].join("\t");

function documentStory(
  mentions: readonly SqlRow[],
  published: ReadonlyMap<string, Place>,
  contexts: ReadonlyMap<string, ContextStory>,
): DocumentStory {
  const first = mentions[0]!;
  const gkg_record_id = first["gkg_record_id"] as string | null;
  return {
    slice_ms: first["slice_ms"] as number,
    identifier: first["mention_identifier"] as string | null,
    source: first["mention_source_name"] as string | null,
    mention_type: first["mention_type"] as number,
    gkg_record_id,
    context: (gkg_record_id !== null && contexts.get(gkg_record_id)) || null,
    mentions: mentions.map((row) => ({
      sentence_id: row["sentence_id"] as number | null,
      confidence: row["confidence"] as number | null,
      tone: row["mention_doc_tone"] as number | null,
      joined: row["event_joined"] as boolean,
      orphan_reason: row["orphan_reason"] as string | null,
      revision: row["revision"] as number,
      published: published.get(publishedKey(row)) ?? null,
    })),
  };
}

async function readContexts(
  lake: LakeSql,
  mentions: readonly SqlRow[],
): Promise<ReadonlyMap<string, ContextStory>> {
  const found = mentions.filter((row) => row["gkg_record_id"] !== null);
  if (found.length === 0 || !lake.tables.has("bronze/gkg")) return new Map();
  const ids = new Set(found.map((row) => quoteText(row["gkg_record_id"] as string)));
  const dates = new Set(
    found.map((row) => new Date(row["slice_ms"] as number).toISOString().slice(0, 10)),
  );
  const rows = await lake.query(`
    SELECT gkg_record_id, extras, v2_tone, v2_themes, v2_persons, v2_organizations,
           file, row, partition, "offset"
    FROM ${lake.rows("bronze/gkg", dates)} WHERE gkg_record_id IN (${[...ids].join(", ")})
    ORDER BY "offset" DESC`);
  return new Map(rows.map((row) => [row["gkg_record_id"] as string, contextStory(row)]));
}

function contextStory(row: SqlRow): ContextStory {
  const names = (column: string) =>
    [...new Set(parsed(row[column], parseOffsetNames)?.map(({ name }) => name))].sort();
  return {
    record_id: row["gkg_record_id"] as string,
    title: parsed(row["extras"], parseExtras)?.title ?? null,
    tone: parsed(row["v2_tone"], parseTone)?.tone ?? null,
    themes: names("v2_themes"),
    persons: names("v2_persons"),
    organizations: names("v2_organizations"),
    published: placeOf(row),
  };
}

/** A field that does not follow its grammar is left out: this is only for people to look at. */
function parsed<T>(
  value: SqlRow[string] | undefined,
  parse: (bytes: Uint8Array, start: number, end: number) => T,
): T | null {
  const bytes = Buffer.from((value as string | null) ?? "");
  try {
    return parse(bytes, 0, bytes.length);
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}
