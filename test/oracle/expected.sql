-- The batch join: what Silver must hold once every slice of a folder is closed, from the tables
-- typed_events, typed_mentions, typed_gkg, slice_file and refused.
-- Variables: retention_us, closed (nothing will ever follow the last slice).
-- Strings compare as bytes throughout: DuckDB's default collation does, and UTF-8 keeps the order.

SET VARIABLE first_slice = (SELECT min(stamp) FROM slice_file);
SET VARIABLE last_slice = (SELECT max(stamp) FROM slice_file);

-- One row per event, document of a slice, and mention: the first one, but of a document's rows the
-- one with the smallest record id. File names start with the stamp, so they sort by time.
CREATE OR REPLACE TEMP TABLE event_row AS
SELECT * EXCLUDE (file, row, month_year, year, fraction_date)
FROM typed_events
QUALIFY row_number() OVER (PARTITION BY global_event_id ORDER BY file, row) = 1;

CREATE OR REPLACE TEMP TABLE document AS
SELECT * EXCLUDE (file, row), row_number() OVER () AS document_id
FROM typed_gkg
QUALIFY row_number() OVER (PARTITION BY slice, identifier ORDER BY record_id, file, row) = 1;

CREATE OR REPLACE TEMP TABLE mention_row AS
SELECT * EXCLUDE (file, row)
FROM typed_mentions
QUALIFY row_number() OVER (
  PARTITION BY global_event_id, event_time, mention_time, mention_type, mention_identifier,
               sentence_id, actor1_char_offset, actor2_char_offset, action_char_offset
  ORDER BY file, row) = 1;

CREATE OR REPLACE TEMP TABLE mention AS
SELECT
  m.*,
  d.document_id,
  d.record_id AS gkg_record_id,
  d.tone AS gkg_tone,
  e.global_event_id IS NOT NULL AS event_joined,
  CASE
    WHEN e.global_event_id IS NOT NULL THEN NULL
    WHEN epoch_us(m.mention_time) - epoch_us(m.event_time) > getvariable('retention_us')
      THEN 'older_than_retention'
    WHEN m.event_time < getvariable('first_slice') THEN 'before_start'
    WHEN x.stamp IS NULL THEN 'slice_missing'
    ELSE 'foreign_stream'
  END AS orphan_reason,
  m.mention_time AS slice
FROM mention_row m
LEFT JOIN event_row e
  ON e.global_event_id = m.global_event_id
 AND e.date_added = m.event_time
 AND epoch_us(m.mention_time) - epoch_us(m.event_time) <= getvariable('retention_us')
LEFT JOIN document d
  ON m.mention_type = 1
 AND d.identifier = m.mention_identifier
 AND d.slice = m.mention_time
LEFT JOIN (SELECT stamp FROM slice_file WHERE feed = 'events') x ON x.stamp = m.event_time;

-- What the joined mentions say of their event.
CREATE OR REPLACE TEMP TABLE told AS
SELECT
  global_event_id,
  count(*) AS mention_count,
  count(DISTINCT mention_source_name) AS source_count,
  count(DISTINCT gkg_record_id) AS document_count,
  min(mention_time) AS first_mention_time,
  max(mention_time) AS last_mention_time,
  favg(mention_doc_tone) AS mention_tone_avg,
  count(document_id) AS with_context
FROM mention
WHERE event_joined
GROUP BY global_event_id;

CREATE OR REPLACE TEMP TABLE lead_mention AS
SELECT
  global_event_id,
  mention_source_name AS lead_source_name,
  mention_identifier AS lead_identifier,
  mention_doc_tone AS lead_tone,
  confidence AS lead_confidence
FROM mention
WHERE event_joined
QUALIFY row_number() OVER (
  PARTITION BY global_event_id
  ORDER BY confidence DESC NULLS LAST, mention_time, coalesce(mention_identifier, ''),
           sentence_id NULLS FIRST, actor1_char_offset NULLS FIRST,
           actor2_char_offset NULLS FIRST, action_char_offset NULLS FIRST, mention_type) = 1;

CREATE OR REPLACE TEMP TABLE event_document AS
SELECT DISTINCT global_event_id, document_id
FROM mention
WHERE event_joined AND document_id IS NOT NULL;

CREATE OR REPLACE TEMP TABLE context_tone AS
SELECT global_event_id, favg(tone) AS gkg_tone
FROM event_document JOIN document USING (document_id)
GROUP BY global_event_id;

-- 'NAME,offset;NAME,offset;': a name may hold commas, so it ends at the last one.
CREATE OR REPLACE TEMP TABLE document_name AS
SELECT DISTINCT document_id, kind, regexp_replace(block, ',[^,]*$', '') AS name
FROM (
  SELECT document_id, 'theme' AS kind, unnest(string_split(themes, ';')) AS block FROM document
  UNION ALL
  SELECT document_id, 'person', unnest(string_split(persons, ';')) FROM document
  UNION ALL
  SELECT document_id, 'organization', unnest(string_split(organizations, ';')) FROM document
)
SEMI JOIN event_document USING (document_id);

CREATE OR REPLACE TEMP TABLE event_names AS
SELECT global_event_id, kind, list(name ORDER BY documents DESC, name)[1:64] AS names
FROM (
  SELECT global_event_id, kind, name, count(*) AS documents
  FROM event_document JOIN document_name USING (document_id)
  WHERE name <> ''
  GROUP BY ALL
)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE expected_events AS
SELECT
  e.*,
  CAST(coalesce(t.mention_count, 0) AS INTEGER) AS mention_count,
  CAST(coalesce(t.source_count, 0) AS INTEGER) AS source_count,
  CAST(coalesce(t.document_count, 0) AS INTEGER) AS document_count,
  t.first_mention_time,
  t.last_mention_time,
  t.mention_tone_avg,
  l.* EXCLUDE (global_event_id),
  coalesce(themes.names, []) AS themes,
  coalesce(persons.names, []) AS persons,
  coalesce(organizations.names, []) AS organizations,
  c.gkg_tone,
  CASE
    WHEN t.with_context > 0 THEN 'SILVER_COMPLETE'
    WHEN getvariable('closed') THEN 'EXPIRED'
    WHEN epoch_us(getvariable('last_slice')) - epoch_us(e.date_added) >= getvariable('retention_us')
      THEN 'EXPIRED'
    ELSE 'WAITING'
  END AS status,
  e.date_added AS slice,
  greatest(e.date_added, t.last_mention_time) AS revised_slice
FROM event_row e
LEFT JOIN told t USING (global_event_id)
LEFT JOIN lead_mention l USING (global_event_id)
LEFT JOIN context_tone c USING (global_event_id)
LEFT JOIN event_names themes
  ON themes.global_event_id = e.global_event_id AND themes.kind = 'theme'
LEFT JOIN event_names persons
  ON persons.global_event_id = e.global_event_id AND persons.kind = 'person'
LEFT JOIN event_names organizations
  ON organizations.global_event_id = e.global_event_id AND organizations.kind = 'organization';

CREATE OR REPLACE TEMP TABLE expected_mentions AS
SELECT * EXCLUDE (document_id) FROM mention;

-- The slice of a state is the event's own, whatever brought the state about.
CREATE OR REPLACE TEMP TABLE expected_lifecycle AS
SELECT global_event_id, unnest(CASE status WHEN 'WAITING' THEN ['WAITING']
                               ELSE ['WAITING', status] END) AS state, slice
FROM expected_events;

-- Every row is in one of the tables, or a duplicate, or a dead letter.
CREATE OR REPLACE TEMP TABLE counts AS
SELECT
  (SELECT count(*) FROM expected_events) AS events,
  (SELECT count(*) FROM expected_mentions) AS mentions,
  (SELECT count(*) FROM typed_gkg) AS gkg_rows,
  (SELECT count(*) FROM document) AS documents,
  (SELECT count(*) FROM typed_events) - (SELECT count(*) FROM event_row) AS duplicate_events,
  (SELECT count(*) FROM typed_mentions) - (SELECT count(*) FROM mention_row) AS duplicate_mentions,
  (SELECT count(*) FROM refused) AS dead_letters,
  m.*,
  (SELECT count(*) FROM told) AS events_with_mentions,
  e.*
FROM (
  SELECT
    count(*) FILTER (event_joined) AS joined,
    count(*) FILTER (NOT event_joined) AS orphans,
    count(*) FILTER (orphan_reason = 'before_start') AS orphans_before_start,
    count(*) FILTER (orphan_reason = 'slice_missing') AS orphans_slice_missing,
    count(*) FILTER (orphan_reason = 'foreign_stream') AS orphans_foreign_stream,
    count(*) FILTER (orphan_reason = 'older_than_retention') AS orphans_older_than_retention,
    count(*) FILTER (document_id IS NOT NULL) AS with_context,
    count(*) FILTER (event_joined AND document_id IS NOT NULL) AS joined_with_context,
    count(*) FILTER (NOT event_joined AND document_id IS NULL) AS orphans_without_context,
    count(*) FILTER (mention_type = 2) AS citations,
    count(DISTINCT mention_identifier) FILTER (mention_type = 1) AS documents_mentioned,
    count(DISTINCT mention_identifier) FILTER (document_id IS NOT NULL)
      AS documents_mentioned_with_context
  FROM mention
) m, (
  SELECT
    count(*) FILTER (status = 'SILVER_COMPLETE') AS complete,
    count(*) FILTER (status = 'WAITING') AS waiting,
    count(*) FILTER (status = 'EXPIRED') AS expired,
    CAST(coalesce(sum(global_event_id) FILTER (status = 'SILVER_COMPLETE'), 0) AS BIGINT)
      AS complete_id_sum,
    coalesce(bit_xor(global_event_id) FILTER (status = 'SILVER_COMPLETE'), 0) AS complete_id_xor
  FROM expected_events
) e;
