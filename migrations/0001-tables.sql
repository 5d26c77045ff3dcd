-- The mart: Silver as it stands now, and what became of everything on the way.
--
-- Columns have the names and types of the lake's. A row is current: a newer revision replaces the one
-- before. silver.events, silver.mentions and ops.lifecycle have a partition for each UTC day of
-- `slice`, made when the first row of the day comes (docs/decisions/0018).

create schema silver;
comment on schema silver is
  'GDELT''s events and mentions, joined: each row as it stands now.';
comment on schema ops is
  'How the mart is fed: positions, states of events, slices, what could not be used.';

create table silver.events (
  global_event_id bigint not null,
  event_date date,
  actor1_code text,
  actor1_name text,
  actor1_country_code text,
  actor1_known_group_code text,
  actor1_ethnic_code text,
  actor1_religion1_code text,
  actor1_religion2_code text,
  actor1_type1_code text,
  actor1_type2_code text,
  actor1_type3_code text,
  actor2_code text,
  actor2_name text,
  actor2_country_code text,
  actor2_known_group_code text,
  actor2_ethnic_code text,
  actor2_religion1_code text,
  actor2_religion2_code text,
  actor2_type1_code text,
  actor2_type2_code text,
  actor2_type3_code text,
  is_root_event integer,
  event_code text,
  event_base_code text,
  event_root_code text,
  quad_class integer,
  goldstein_scale double precision,
  num_mentions integer,
  num_sources integer,
  num_articles integer,
  avg_tone double precision,
  actor1_geo_type integer,
  actor1_geo_fullname text,
  actor1_geo_country_code text,
  actor1_geo_adm1_code text,
  actor1_geo_adm2_code text,
  actor1_geo_lat double precision,
  actor1_geo_long double precision,
  actor1_geo_feature_id text,
  actor2_geo_type integer,
  actor2_geo_fullname text,
  actor2_geo_country_code text,
  actor2_geo_adm1_code text,
  actor2_geo_adm2_code text,
  actor2_geo_lat double precision,
  actor2_geo_long double precision,
  actor2_geo_feature_id text,
  action_geo_type integer,
  action_geo_fullname text,
  action_geo_country_code text,
  action_geo_adm1_code text,
  action_geo_adm2_code text,
  action_geo_lat double precision,
  action_geo_long double precision,
  action_geo_feature_id text,
  date_added timestamptz not null,
  source_url text,
  mention_count integer not null,
  source_count integer not null,
  document_count integer not null,
  first_mention_time timestamptz,
  last_mention_time timestamptz,
  mention_tone_avg double precision,
  lead_source_name text,
  lead_identifier text,
  lead_tone double precision,
  lead_confidence integer,
  themes text[] not null,
  persons text[] not null,
  organizations text[] not null,
  gkg_tone double precision,
  sentence text not null,
  status text not null,
  generation integer not null,
  revision integer not null,
  slice timestamptz not null,
  revised_slice timestamptz not null,
  completed_at timestamptz,
  silver_committed_at timestamptz,
  primary key (global_event_id, slice)
) partition by range (slice);

comment on table silver.events is
  'One row per event, as it stands now: what GDELT says of it, what its mentions add up to, and a sentence that says it all. A newer revision has replaced the one before.';
comment on column silver.events.global_event_id is 'GDELT''s number of the event.';
comment on column silver.events.event_date is 'Day on which it took place, as the articles say (SQLDATE): may be years before or after.';
comment on column silver.events.actor1_code is 'CAMEO code of the first actor, who did it.';
comment on column silver.events.actor1_name is 'Name of the first actor.';
comment on column silver.events.actor1_country_code is 'Country of the first actor, three letters (CAMEO).';
comment on column silver.events.actor1_known_group_code is 'Known group of the first actor, as UNO (CAMEO).';
comment on column silver.events.actor1_ethnic_code is 'Ethnic group of the first actor (CAMEO).';
comment on column silver.events.actor1_religion1_code is 'Religion of the first actor (CAMEO).';
comment on column silver.events.actor1_religion2_code is 'Further religion of the first actor (CAMEO).';
comment on column silver.events.actor1_type1_code is 'Role of the first actor, as GOV or MIL (CAMEO).';
comment on column silver.events.actor1_type2_code is 'Second role of the first actor (CAMEO).';
comment on column silver.events.actor1_type3_code is 'Third role of the first actor (CAMEO).';
comment on column silver.events.actor2_code is 'CAMEO code of the second actor, to whom it was done.';
comment on column silver.events.actor2_name is 'Name of the second actor.';
comment on column silver.events.actor2_country_code is 'Country of the second actor, three letters (CAMEO).';
comment on column silver.events.actor2_known_group_code is 'Known group of the second actor, as UNO (CAMEO).';
comment on column silver.events.actor2_ethnic_code is 'Ethnic group of the second actor (CAMEO).';
comment on column silver.events.actor2_religion1_code is 'Religion of the second actor (CAMEO).';
comment on column silver.events.actor2_religion2_code is 'Further religion of the second actor (CAMEO).';
comment on column silver.events.actor2_type1_code is 'Role of the second actor, as GOV or MIL (CAMEO).';
comment on column silver.events.actor2_type2_code is 'Second role of the second actor (CAMEO).';
comment on column silver.events.actor2_type3_code is 'Third role of the second actor (CAMEO).';
comment on column silver.events.is_root_event is '1: of the article''s first paragraph, which as a rule is what it is about.';
comment on column silver.events.event_code is 'What was done: CAMEO code, two to four digits; leading zeros count.';
comment on column silver.events.event_base_code is 'Its code one level up, three digits at the most.';
comment on column silver.events.event_root_code is 'Its code at the top, two digits: 01 to 20.';
comment on column silver.events.quad_class is '1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict.';
comment on column silver.events.goldstein_scale is 'Effect of this kind of event on a country''s stability: -10 to +10.';
comment on column silver.events.num_mentions is 'Mentions in the event''s own slice, as GDELT counts them.';
comment on column silver.events.num_sources is 'Sources in the event''s own slice, as GDELT counts them.';
comment on column silver.events.num_articles is 'Articles in the event''s own slice, as GDELT counts them.';
comment on column silver.events.avg_tone is 'Tone of the articles of the event''s own slice: -100 to +100, mostly within 10.';
comment on column silver.events.actor1_geo_type is 'How exact the first actor''s place is: 1 country, 2 US state, 3 US city, 4 city, 5 state.';
comment on column silver.events.actor1_geo_fullname is 'Name of the first actor''s place.';
comment on column silver.events.actor1_geo_country_code is 'Country of the first actor''s place, two letters (FIPS 10-4).';
comment on column silver.events.actor1_geo_adm1_code is 'First-level division of the first actor''s place.';
comment on column silver.events.actor1_geo_adm2_code is 'Second-level division of the first actor''s place.';
comment on column silver.events.actor1_geo_lat is 'Latitude of the first actor''s place, degrees.';
comment on column silver.events.actor1_geo_long is 'Longitude of the first actor''s place, degrees.';
comment on column silver.events.actor1_geo_feature_id is 'GNS or GNIS id of the first actor''s place.';
comment on column silver.events.actor2_geo_type is 'How exact the second actor''s place is: 1 country, 2 US state, 3 US city, 4 city, 5 state.';
comment on column silver.events.actor2_geo_fullname is 'Name of the second actor''s place.';
comment on column silver.events.actor2_geo_country_code is 'Country of the second actor''s place, two letters (FIPS 10-4).';
comment on column silver.events.actor2_geo_adm1_code is 'First-level division of the second actor''s place.';
comment on column silver.events.actor2_geo_adm2_code is 'Second-level division of the second actor''s place.';
comment on column silver.events.actor2_geo_lat is 'Latitude of the second actor''s place, degrees.';
comment on column silver.events.actor2_geo_long is 'Longitude of the second actor''s place, degrees.';
comment on column silver.events.actor2_geo_feature_id is 'GNS or GNIS id of the second actor''s place.';
comment on column silver.events.action_geo_type is 'How exact the place of the event is: 1 country, 2 US state, 3 US city, 4 city, 5 state.';
comment on column silver.events.action_geo_fullname is 'Name of the place of the event.';
comment on column silver.events.action_geo_country_code is 'Country of the place of the event, two letters (FIPS 10-4).';
comment on column silver.events.action_geo_adm1_code is 'First-level division of the place of the event.';
comment on column silver.events.action_geo_adm2_code is 'Second-level division of the place of the event.';
comment on column silver.events.action_geo_lat is 'Latitude of the place of the event, degrees.';
comment on column silver.events.action_geo_long is 'Longitude of the place of the event, degrees.';
comment on column silver.events.action_geo_feature_id is 'GNS or GNIS id of the place of the event.';
comment on column silver.events.date_added is 'When GDELT published it: its slice.';
comment on column silver.events.source_url is 'Address of the first article that told of it.';
comment on column silver.events.mention_count is 'Mentions joined to it so far, of all slices.';
comment on column silver.events.source_count is 'Different sources among them.';
comment on column silver.events.document_count is 'Different documents among them whose GKG row is known.';
comment on column silver.events.first_mention_time is 'Slice of the first mention.';
comment on column silver.events.last_mention_time is 'Slice of the last mention.';
comment on column silver.events.mention_tone_avg is 'Mean tone of the mentions'' documents.';
comment on column silver.events.lead_source_name is 'Source of the lead mention: the surest one, of those the earliest.';
comment on column silver.events.lead_identifier is 'Document of the lead mention.';
comment on column silver.events.lead_tone is 'Tone of the lead mention''s document.';
comment on column silver.events.lead_confidence is 'Confidence of the lead mention, percent.';
comment on column silver.events.themes is 'Themes of the documents (GKG), by the number of documents; at most 64.';
comment on column silver.events.persons is 'Persons in the documents (GKG), by the number of documents; at most 64.';
comment on column silver.events.organizations is 'Organizations in the documents (GKG), by the number of documents; at most 64.';
comment on column silver.events.gkg_tone is 'Mean tone of the documents, as GKG has it.';
comment on column silver.events.sentence is 'The event in words: who did what to whom, where, who reported it, in which tone, with which themes.';
comment on column silver.events.status is 'WAITING: no mention with its context yet; SILVER_COMPLETE: at least one; EXPIRED: none in time.';
comment on column silver.events.generation is 'Raised by a reset or a backfill; its rows replace those of a lower one.';
comment on column silver.events.revision is 'How often the event has been written in its generation.';
comment on column silver.events.slice is 'The event''s own slice, which never changes; its UTC day is the partition.';
comment on column silver.events.revised_slice is 'The newest slice that has contributed to this revision.';
comment on column silver.events.completed_at is 'When the event first was SILVER_COMPLETE.';
comment on column silver.events.silver_committed_at is 'When this revision became readable here.';

create table silver.mentions (
  mention_key text not null,
  global_event_id bigint not null,
  event_time timestamptz not null,
  mention_time timestamptz not null,
  mention_type integer not null,
  mention_source_name text,
  mention_identifier text,
  sentence_id integer,
  actor1_char_offset integer,
  actor2_char_offset integer,
  action_char_offset integer,
  in_raw_text integer,
  confidence integer,
  mention_doc_len integer,
  mention_doc_tone double precision,
  translation_info text,
  extras text,
  gkg_record_id text,
  gkg_tone double precision,
  event_joined boolean not null,
  orphan_reason text,
  slice timestamptz not null,
  generation integer not null,
  revision integer not null,
  silver_committed_at timestamptz,
  primary key (mention_key, slice)
) partition by range (slice);

comment on table silver.mentions is
  'One row per mention of an event in a document, as it stands now, with or without its event. A newer revision has replaced the one before.';
comment on column silver.mentions.mention_key is 'Hash of what makes it this mention: event, times, type, document, sentence, offsets.';
comment on column silver.mentions.global_event_id is 'GDELT''s number of the event.';
comment on column silver.mentions.event_time is 'Slice of the event.';
comment on column silver.mentions.mention_time is 'Slice of the mention.';
comment on column silver.mentions.mention_type is 'Kind of document: 1 web, 2 citation, 3 CORE, 4 DTIC, 5 JSTOR, 6 other.';
comment on column silver.mentions.mention_source_name is 'Source, as a domain.';
comment on column silver.mentions.mention_identifier is 'The document: its address, if it is of the web.';
comment on column silver.mentions.sentence_id is 'Number of the sentence within the document.';
comment on column silver.mentions.actor1_char_offset is 'Where in the document the first actor is named; -1 if not.';
comment on column silver.mentions.actor2_char_offset is 'Where in the document the second actor is named; -1 if not.';
comment on column silver.mentions.action_char_offset is 'Where in the document the action is named; -1 if not.';
comment on column silver.mentions.in_raw_text is '1: found in the text as it is; 0: by way of references across sentences.';
comment on column silver.mentions.confidence is 'How sure GDELT is of the event in this document, percent.';
comment on column silver.mentions.mention_doc_len is 'Length of the document in characters.';
comment on column silver.mentions.mention_doc_tone is 'Tone of the document: -100 to +100, mostly within 10.';
comment on column silver.mentions.translation_info is 'Language and program of the translation, if it is one.';
comment on column silver.mentions.extras is 'Reserved by GDELT.';
comment on column silver.mentions.gkg_record_id is 'The document''s GKG row, where there is one.';
comment on column silver.mentions.gkg_tone is 'Tone of the document, as GKG has it.';
comment on column silver.mentions.event_joined is 'Whether its event is in silver.events and counts it.';
comment on column silver.mentions.orphan_reason is 'Why not: before_start, slice_missing, foreign_stream, older_than_retention.';
comment on column silver.mentions.slice is 'The mention''s own slice, which never changes; its UTC day is the partition.';
comment on column silver.mentions.generation is 'Raised by a reset or a backfill; its rows replace those of a lower one.';
comment on column silver.mentions.revision is 'The event''s revision with which it was last written.';
comment on column silver.mentions.silver_committed_at is 'When this revision became readable here.';

create table ops.lifecycle (
  global_event_id bigint not null,
  state text not null,
  slice timestamptz not null,
  reason text,
  generation integer not null,
  reached_at timestamptz not null,
  primary key (global_event_id, state, generation, slice)
) partition by range (slice);

comment on table ops.lifecycle is
  'One row per event and state that it has reached; never changed. Every event has WAITING first.';
comment on column ops.lifecycle.global_event_id is 'GDELT''s number of the event.';
comment on column ops.lifecycle.state is 'WAITING, SILVER_COMPLETE or EXPIRED.';
comment on column ops.lifecycle.slice is 'The event''s own slice; its UTC day is the partition.';
comment on column ops.lifecycle.reason is 'Why, where it says more than the state: retention_ended.';
comment on column ops.lifecycle.generation is 'Raised by a reset or a backfill.';
comment on column ops.lifecycle.reached_at is 'When.';

create table ops.dead_letter (
  feed text not null,
  file text,
  slice timestamptz,
  row bigint,
  topic text,
  "partition" integer,
  "offset" bigint,
  reason text not null,
  raw bytea not null,
  seen_at timestamptz not null
);
create unique index dead_letter_origin on ops.dead_letter (topic, "partition", "offset", row);

comment on table ops.dead_letter is
  'What could not be used: rows that cannot be parsed, files that cannot be read, rows that this database refuses. Nothing else.';
comment on column ops.dead_letter.feed is 'Feed it came from; the topic, if this database refused it.';
comment on column ops.dead_letter.file is 'Name of the file, where it came from one.';
comment on column ops.dead_letter.slice is 'Its slice, where that is known.';
comment on column ops.dead_letter.row is 'Number of the row within the file, or within the record, from 0.';
comment on column ops.dead_letter.topic is 'Topic of its record; null for a file that was rejected whole.';
comment on column ops.dead_letter.partition is 'Partition of its record.';
comment on column ops.dead_letter.offset is 'Offset of its record.';
comment on column ops.dead_letter.reason is 'What is wrong with it.';
comment on column ops.dead_letter.raw is 'Its bytes; of a rejected file the first 64 KiB; of a row that this database refused an Arrow IPC stream.';
comment on column ops.dead_letter.seen_at is 'When.';

create table ops.slices (
  slice timestamptz not null,
  attempt integer not null,
  feed text not null,
  status text not null,
  file text,
  checksum text,
  bytes bigint not null,
  rows bigint not null,
  reason text,
  outcome text,
  feeds text[] not null,
  missing text[] not null,
  "partition" integer not null,
  "offset" bigint not null,
  primary key ("partition", "offset")
);

comment on table ops.slices is
  'One row per feed and attempt at a slice: what was published, what was missing, and why. Never changed.';
comment on column ops.slices.slice is 'The slice; of the end of the stream the newest one before it.';
comment on column ops.slices.attempt is '1 at first, more when a file came late; 0: refused, or the end of the stream.';
comment on column ops.slices.feed is 'The feed; empty at the end of the stream.';
comment on column ops.slices.status is 'published, missing, rejected; end_of_stream after the last.';
comment on column ops.slices.file is 'Name of the file that was taken or rejected.';
comment on column ops.slices.checksum is 'Of the file as found: MD5 of a zip, CRC-32 and size of another.';
comment on column ops.slices.bytes is 'Size of the file as found.';
comment on column ops.slices.rows is 'Rows that this attempt has put into the topic.';
comment on column ops.slices.reason is 'Why a file was rejected; too_old; unchanged: the status that the feed had still holds.';
comment on column ops.slices.outcome is 'What became of the feed''s file: ok, empty, collapsed, not_contiguous, unchanged, too_old, or why there is none.';
comment on column ops.slices.feeds is 'Feeds that have to close this attempt.';
comment on column ops.slices.missing is 'Feeds not published in this slice so far.';
comment on column ops.slices.partition is 'Partition of the entry in gdelt.slices.';
comment on column ops.slices.offset is 'Offset of the entry in gdelt.slices.';

create table ops.sink_offsets (
  application text not null,
  generation integer not null,
  sink text not null,
  topic text not null,
  "partition" integer not null,
  next_offset bigint,
  epoch bigint not null,
  primary key (application, generation, sink, topic, "partition")
);

comment on table ops.sink_offsets is
  'How far each table has been fed from each partition; moved in the transaction that writes the rows.';
comment on column ops.sink_offsets.application is 'Application, and the log that it reads.';
comment on column ops.sink_offsets.generation is 'Raised by a reset or a backfill.';
comment on column ops.sink_offsets.sink is 'Name of the table''s node in the topology.';
comment on column ops.sink_offsets.topic is 'The topic.';
comment on column ops.sink_offsets.partition is 'The partition of the topic.';
comment on column ops.sink_offsets.next_offset is 'The next offset to read; null: nothing yet.';
comment on column ops.sink_offsets.epoch is 'Raised by each owner that takes it; one with a lower epoch writes no more.';
