import {
  Binary,
  Bool,
  DateDay,
  Field,
  Float64,
  Int32,
  Int64,
  List,
  Schema,
  TimestampMicrosecond,
  Utf8,
} from "apache-arrow";

/**
 * The columns of the tables which the pipeline writes, by name and type: one definition for Arrow,
 * Delta and Postgres. A new column goes at the end of its table, nullable.
 */
const required = (name: string, type: ArrowType) => new Field(name, type, false);
const optional = (name: string, type: ArrowType) => new Field(name, type, true);

type ArrowType = Field["type"];

const utf8 = new Utf8();
const int32 = new Int32();
const int64 = new Int64();
const float64 = new Float64();
const bool = new Bool();
const timestamp = new TimestampMicrosecond("UTC");
const names = new List(new Field("element", utf8, false));

const actor = (n: 1 | 2) =>
  [
    "code",
    "name",
    "country_code",
    "known_group_code",
    "ethnic_code",
    "religion1_code",
    "religion2_code",
    "type1_code",
    "type2_code",
    "type3_code",
  ].map((part) => optional(`actor${n}_${part}`, utf8));

const geo = (of: "actor1" | "actor2" | "action") => [
  optional(`${of}_geo_type`, int32),
  optional(`${of}_geo_fullname`, utf8),
  optional(`${of}_geo_country_code`, utf8),
  optional(`${of}_geo_adm1_code`, utf8),
  optional(`${of}_geo_adm2_code`, utf8),
  optional(`${of}_geo_lat`, float64),
  optional(`${of}_geo_long`, float64),
  optional(`${of}_geo_feature_id`, utf8),
];

/** `silver.events`: one row per GlobalEventID and revision; the greatest (generation, revision) is current. */
export const silverEventsSchema = new Schema([
  required("global_event_id", int64),
  optional("event_date", new DateDay()),
  ...actor(1),
  ...actor(2),
  optional("is_root_event", int32),
  optional("event_code", utf8),
  optional("event_base_code", utf8),
  optional("event_root_code", utf8),
  optional("quad_class", int32),
  optional("goldstein_scale", float64),
  optional("num_mentions", int32),
  optional("num_sources", int32),
  optional("num_articles", int32),
  optional("avg_tone", float64),
  ...geo("actor1"),
  ...geo("actor2"),
  ...geo("action"),
  required("date_added", timestamp),
  optional("source_url", utf8),
  required("mention_count", int32),
  required("source_count", int32),
  required("document_count", int32),
  optional("first_mention_time", timestamp),
  optional("last_mention_time", timestamp),
  optional("mention_tone_avg", float64),
  optional("lead_source_name", utf8),
  optional("lead_identifier", utf8),
  optional("lead_tone", float64),
  optional("lead_confidence", int32),
  required("themes", names),
  required("persons", names),
  required("organizations", names),
  optional("gkg_tone", float64),
  required("sentence", utf8),
  required("status", utf8),
  required("generation", int32),
  required("revision", int32),
  required("slice", timestamp),
  required("revised_slice", timestamp),
  optional("completed_at", timestamp),
  optional("silver_committed_at", timestamp),
]);

/** `silver.mentions`: one row per mention and revision, never collapsed. */
export const silverMentionsSchema = new Schema([
  required("mention_key", utf8),
  required("global_event_id", int64),
  required("event_time", timestamp),
  required("mention_time", timestamp),
  required("mention_type", int32),
  optional("mention_source_name", utf8),
  optional("mention_identifier", utf8),
  optional("sentence_id", int32),
  optional("actor1_char_offset", int32),
  optional("actor2_char_offset", int32),
  optional("action_char_offset", int32),
  optional("in_raw_text", int32),
  optional("confidence", int32),
  optional("mention_doc_len", int32),
  optional("mention_doc_tone", float64),
  optional("translation_info", utf8),
  optional("extras", utf8),
  optional("gkg_record_id", utf8),
  optional("gkg_tone", float64),
  required("event_joined", bool),
  optional("orphan_reason", utf8),
  required("slice", timestamp),
  required("generation", int32),
  required("revision", int32),
  optional("silver_committed_at", timestamp),
]);

/** `audit.lifecycle`: one appended row per event and state it reached. */
export const lifecycleSchema = new Schema([
  required("global_event_id", int64),
  required("state", utf8),
  required("slice", timestamp),
  optional("reason", utf8),
  required("generation", int32),
  required("reached_at", timestamp),
]);

/** `dead_letter`: what could not be parsed, with its bytes; replayable. */
export const deadLetterSchema = new Schema([
  required("feed", utf8),
  optional("file", utf8),
  optional("slice", timestamp),
  optional("row", int64),
  optional("topic", utf8),
  optional("partition", int32),
  optional("offset", int64),
  required("reason", utf8),
  required("raw", new Binary()),
  required("seen_at", timestamp),
]);
