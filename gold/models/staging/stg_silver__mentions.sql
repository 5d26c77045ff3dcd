{{ config(materialized='view') }}

-- The mentions of the changed days alone: what is kept of a day is what int_mention_days counts.
select
    slice_date,
    mention_key,
    global_event_id,
    mention_source_name,
    mention_identifier,
    event_joined,
    gkg_record_id,
    coalesce(nullif(regexp_extract(translation_info, 'srclc:([a-z]{3})', 1), ''), 'eng') as language_code,
    {{ exact_tone('mention_doc_tone') }} as mention_doc_tone,
    silver_committed_at
from {{ source('silver', 'mentions') }}
