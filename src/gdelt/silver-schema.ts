import {
  binary,
  bool,
  type DescribedColumn,
  day,
  describedTable,
  float64,
  int32,
  int64,
  names,
  optional,
  required,
  timestamp,
  utf8,
} from "./described-table.ts";

/**
 * The columns of Silver: the one definition for Arrow, Delta, Postgres and the contract. A new column
 * goes at the end of its table, optional (CONTRIBUTING, "Add a column to Silver").
 */
const actor = (n: 1 | 2, who: string, what: string): DescribedColumn[] =>
  [
    ["code", `CAMEO code of ${who}, ${what}.`],
    ["name", `Name of ${who}.`],
    ["country_code", `Country of ${who}, three letters (CAMEO).`],
    ["known_group_code", `Known group of ${who}, as UNO (CAMEO).`],
    ["ethnic_code", `Ethnic group of ${who} (CAMEO).`],
    ["religion1_code", `Religion of ${who} (CAMEO).`],
    ["religion2_code", `Further religion of ${who} (CAMEO).`],
    ["type1_code", `Role of ${who}, as GOV or MIL (CAMEO).`],
    ["type2_code", `Second role of ${who} (CAMEO).`],
    ["type3_code", `Third role of ${who} (CAMEO).`],
  ].map(([part, description]) => optional(`actor${n}_${part}`, utf8, description!));

const geo = (of: "actor1" | "actor2" | "action", place: string): DescribedColumn[] => [
  optional(
    `${of}_geo_type`,
    int32,
    `How exact ${place} is: 1 country, 2 US state, 3 US city, 4 city, 5 state.`,
  ),
  optional(`${of}_geo_fullname`, utf8, `Name of ${place}.`),
  optional(`${of}_geo_country_code`, utf8, `Country of ${place}, two letters (FIPS 10-4).`),
  optional(`${of}_geo_adm1_code`, utf8, `First-level division of ${place}.`),
  optional(`${of}_geo_adm2_code`, utf8, `Second-level division of ${place}.`),
  optional(`${of}_geo_lat`, float64, `Latitude of ${place}, degrees.`),
  optional(`${of}_geo_long`, float64, `Longitude of ${place}, degrees.`),
  optional(`${of}_geo_feature_id`, utf8, `GNS or GNIS id of ${place}.`),
];

export const silverEvents = describedTable(
  "What GDELT says of an event, what its mentions add up to, and a sentence that says it all. The lake has a row for each revision, of which the greatest (generation, revision) is current; the mart has that one.",
  [
    required("global_event_id", int64, "GDELT's number of the event."),
    optional(
      "event_date",
      day,
      "Day on which it took place, as the articles say (SQLDATE): may be years before or after.",
    ),
    ...actor(1, "the first actor", "who did it"),
    ...actor(2, "the second actor", "to whom it was done"),
    optional(
      "is_root_event",
      int32,
      "1: of the article's first paragraph, which as a rule is what it is about.",
    ),
    optional(
      "event_code",
      utf8,
      "What was done: CAMEO code, two to four digits; leading zeros count.",
    ),
    optional("event_base_code", utf8, "Its code one level up, three digits at the most."),
    optional("event_root_code", utf8, "Its code at the top, two digits: 01 to 20."),
    optional(
      "quad_class",
      int32,
      "1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.",
    ),
    optional(
      "goldstein_scale",
      float64,
      "Effect of this kind of event on a country's stability: -10 to +10.",
    ),
    optional("num_mentions", int32, "Mentions in the event's own slice, as GDELT counts them."),
    optional("num_sources", int32, "Sources in the event's own slice, as GDELT counts them."),
    optional("num_articles", int32, "Articles in the event's own slice, as GDELT counts them."),
    optional(
      "avg_tone",
      float64,
      "Tone of the articles of the event's own slice: -100 to +100, mostly within 10.",
    ),
    ...geo("actor1", "the first actor's place"),
    ...geo("actor2", "the second actor's place"),
    ...geo("action", "the place of the event"),
    required("date_added", timestamp, "When GDELT published it: its slice."),
    optional("source_url", utf8, "Address of the first article that told of it."),
    required("mention_count", int32, "Mentions joined to it so far, of all slices."),
    required("source_count", int32, "Different sources among them."),
    required("document_count", int32, "Different documents among them whose GKG row is known."),
    optional("first_mention_time", timestamp, "Slice of the first mention."),
    optional("last_mention_time", timestamp, "Slice of the last mention."),
    optional("mention_tone_avg", float64, "Mean tone of the mentions' documents."),
    optional(
      "lead_source_name",
      utf8,
      "Source of the lead mention: the surest one, of those the earliest.",
    ),
    optional("lead_identifier", utf8, "Document of the lead mention."),
    optional("lead_tone", float64, "Tone of the lead mention's document."),
    optional("lead_confidence", int32, "Confidence of the lead mention, percent."),
    required(
      "themes",
      names,
      "Themes of the documents (GKG), by the number of documents; at most 64.",
    ),
    required(
      "persons",
      names,
      "Persons in the documents (GKG), by the number of documents; at most 64.",
    ),
    required(
      "organizations",
      names,
      "Organizations in the documents (GKG), by the number of documents; at most 64.",
    ),
    optional("gkg_tone", float64, "Mean tone of the documents, as GKG has it."),
    required(
      "sentence",
      utf8,
      "The event in words: who did what to whom, where, who reported it, in which tone, with which themes.",
    ),
    required(
      "status",
      utf8,
      "WAITING: no mention with its context yet; SILVER_COMPLETE: at least one; EXPIRED: none in time.",
    ),
    required(
      "generation",
      int32,
      "Raised by a reset or a backfill; its rows replace those of a lower one.",
    ),
    required("revision", int32, "How often the event has been written in its generation."),
    required(
      "slice",
      timestamp,
      "The event's own slice, which never changes; its UTC day is the partition.",
    ),
    required("revised_slice", timestamp, "The newest slice that has contributed to this revision."),
    optional("completed_at", timestamp, "When the event first was SILVER_COMPLETE."),
    optional("silver_committed_at", timestamp, "When this revision became readable here."),
  ],
);
export const silverEventsSchema = silverEvents.schema;

export const silverMentions = describedTable(
  "A mention of an event in a document, with or without its event; never collapsed. The lake has a row for each revision, of which the greatest (generation, revision) is current; the mart has that one.",
  [
    required(
      "mention_key",
      utf8,
      "Hash of what makes it this mention: event, times, type, document, sentence, offsets.",
    ),
    required("global_event_id", int64, "GDELT's number of the event."),
    required("event_time", timestamp, "Slice of the event."),
    required("mention_time", timestamp, "Slice of the mention."),
    required(
      "mention_type",
      int32,
      "Kind of document: 1 web, 2 citation, 3 CORE, 4 DTIC, 5 JSTOR, 6 other.",
    ),
    optional("mention_source_name", utf8, "Source, as a domain."),
    optional("mention_identifier", utf8, "The document: its address, if it is of the web."),
    optional("sentence_id", int32, "Number of the sentence within the document."),
    optional(
      "actor1_char_offset",
      int32,
      "Where in the document the first actor is named; -1 if not.",
    ),
    optional(
      "actor2_char_offset",
      int32,
      "Where in the document the second actor is named; -1 if not.",
    ),
    optional("action_char_offset", int32, "Where in the document the action is named; -1 if not."),
    optional(
      "in_raw_text",
      int32,
      "1: found in the text as it is; 0: by way of references across sentences.",
    ),
    optional("confidence", int32, "How sure GDELT is of the event in this document, percent."),
    optional("mention_doc_len", int32, "Length of the document in characters."),
    optional("mention_doc_tone", float64, "Tone of the document: -100 to +100, mostly within 10."),
    optional("translation_info", utf8, "Language and program of the translation, if it is one."),
    optional("extras", utf8, "Reserved by GDELT."),
    optional("gkg_record_id", utf8, "The document's GKG row, where there is one."),
    optional("gkg_tone", float64, "Tone of the document, as GKG has it."),
    required("event_joined", bool, "Whether its event is in silver.events and counts it."),
    optional(
      "orphan_reason",
      utf8,
      "Why not: before_start, slice_missing, foreign_stream, older_than_retention.",
    ),
    required(
      "slice",
      timestamp,
      "The mention's own slice, which never changes; its UTC day is the partition.",
    ),
    required(
      "generation",
      int32,
      "Raised by a reset or a backfill; its rows replace those of a lower one.",
    ),
    required("revision", int32, "The event's revision with which it was last written."),
    optional("silver_committed_at", timestamp, "When this revision became readable here."),
  ],
);
export const silverMentionsSchema = silverMentions.schema;

export const lifecycle = describedTable(
  "One row per event and state that it has reached; never changed. Every event has WAITING first.",
  [
    required("global_event_id", int64, "GDELT's number of the event."),
    required("state", utf8, "WAITING, SILVER_COMPLETE or EXPIRED."),
    required("slice", timestamp, "The event's own slice; its UTC day is the partition."),
    optional("reason", utf8, "Why, where it says more than the state: retention_ended."),
    required("generation", int32, "Raised by a reset or a backfill."),
    required("reached_at", timestamp, "When."),
  ],
);
export const lifecycleSchema = lifecycle.schema;

export const deadLetter = describedTable(
  "What could not be used, with its bytes, from which it can be read again: rows that cannot be parsed, files that cannot be read; in the mart also rows that the database refuses.",
  [
    required("feed", utf8, "Feed it came from; the topic, if this database refused it."),
    optional("file", utf8, "Name of the file, where it came from one."),
    optional("slice", timestamp, "Its slice, where that is known."),
    optional("row", int64, "Number of the row within the file, or within the record, from 0."),
    optional("topic", utf8, "Topic of its record; null for a file that was rejected whole."),
    optional("partition", int32, "Partition of its record."),
    optional("offset", int64, "Offset of its record."),
    required("reason", utf8, "What is wrong with it."),
    required(
      "raw",
      binary,
      "Its bytes; of a rejected file the first 64 KiB; of a row that this database refused an Arrow IPC stream.",
    ),
    required("seen_at", timestamp, "When."),
  ],
);
export const deadLetterSchema = deadLetter.schema;
