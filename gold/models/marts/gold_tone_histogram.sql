{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', source('silver', 'changed_days'), 'slice_date') }}") }}

-- Of a mean one does not see whether all are lukewarm, or half of them glad and half appalled.
select
    news_date,
    mp_action_geo_country_iso,
    greatest(-{{ var('tone_limit') }}, least({{ var('tone_limit') }} - 1, floor(avg_tone)))::integer as tone_from,
    count(*) as event_count,
    max(silver_committed_at) as processed_at
from {{ ref('int_events_mapped') }}
where news_date in (select slice_date from {{ source('silver', 'changed_days') }})
    and mp_action_geo_country_iso is not null
    and avg_tone is not null
group by all
