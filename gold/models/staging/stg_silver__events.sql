{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('slice_date', source('silver', 'changed_days')) }}") }}

-- Of each event its current row, in the columns that the marts need, day by day of its slice.
select
    global_event_id,
    event_date,
    slice_date,
    slice,
    actor1_code, actor1_name, actor1_country_code, actor1_ethnic_code, actor1_religion1_code, actor1_type1_code,
    actor2_code, actor2_name, actor2_country_code, actor2_ethnic_code, actor2_religion1_code, actor2_type1_code,
    event_code,
    event_root_code,
    quad_class,
    {{ exact_scale('goldstein_scale') }} as goldstein_scale,
    {{ exact_tone('avg_tone') }} as avg_tone,
    num_mentions,
    num_sources,
    num_articles,
    actor1_geo_country_code, actor1_geo_lat, actor1_geo_long,
    actor2_geo_country_code, actor2_geo_lat, actor2_geo_long,
    action_geo_country_code, action_geo_fullname, action_geo_lat, action_geo_long,
    source_url,
    mention_count,
    source_count,
    document_count,
    first_mention_time,
    last_mention_time,
    {{ exact_tone('mention_tone_avg') }} as mention_tone_avg,
    lead_source_name,
    themes,
    persons,
    organizations,
    sentence,
    status,
    generation,
    silver_committed_at
from {{ source('silver', 'events') }}
