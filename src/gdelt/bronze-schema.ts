import {
  Binary,
  Field,
  Int32,
  Int64,
  List,
  Schema,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";
import { type Column, eventColumns, gkgColumns, mentionColumns } from "./columns.ts";

type ArrowType = Field["type"];

const required = (name: string, type: ArrowType) => new Field(name, type, false);
const optional = (name: string, type: ArrowType) => new Field(name, type, true);

const utf8 = new Utf8();
const int32 = new Int32();
const int64 = new Int64();
const timestamp = new TimestampMicrosecond("UTC");
const names = new List(new Field("element", utf8, false));

/**
 * Where a row comes from. First in the table, because readers have statistics of a table's first
 * columns only, and by these a row is looked for; null where the topic was filled by others.
 */
export const bronzeOriginSchema = new Schema([
  optional("slice", timestamp),
  required("feed", utf8),
  optional("file", utf8),
  optional("row", int64),
  required("partition", int32),
  required("offset", int64),
]);

/**
 * Columns at the start of a feed's table that have statistics: the origin, and the first of the
 * feed's own, its id. The others are text as published, by which nobody can prune, and up to 8 kB.
 */
export const BRONZE_INDEXED_COLUMNS = bronzeOriginSchema.fields.length + 1;

/**
 * A row of a feed as published: every field as its text, null where it is empty. `raw` is the whole
 * row's bytes where the columns do not give them back, otherwise null: so
 * `raw ?? columns.map((text) => text ?? "").join("\t")` is what GDELT published, byte by byte.
 */
const feedSchema = (columns: readonly Column[]): Schema =>
  new Schema([
    ...bronzeOriginSchema.fields,
    ...columns.map(({ snakeName }) => optional(snakeName, utf8)),
    optional("raw", new Binary()),
  ]);

export const bronzeEventsSchema = feedSchema(eventColumns);
export const bronzeMentionsSchema = feedSchema(mentionColumns);
export const bronzeGkgSchema = feedSchema(gkgColumns);

/**
 * `bronze.slices`: what each feed has closed each attempt at a slice with, one row per entry of
 * `gdelt.slices` (`ingest/slice-entry.ts` says what the columns mean). The end of the stream is a row
 * too: status `end_of_stream`, attempt 0, no feed (the empty text), the newest slice before it.
 */
export const bronzeSlicesSchema = new Schema([
  required("slice", timestamp),
  required("attempt", int32),
  required("feed", utf8),
  required("status", utf8),
  optional("file", utf8),
  optional("checksum", utf8),
  required("bytes", int64),
  required("rows", int64),
  optional("reason", utf8),
  optional("outcome", utf8),
  required("feeds", names),
  required("missing", names),
  required("partition", int32),
  required("offset", int64),
]);
