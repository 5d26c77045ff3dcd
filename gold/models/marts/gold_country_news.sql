{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', source('silver', 'changed_days'), 'slice_date') }}") }}

-- What a news day tells of a country. Counts stand beside the means, so that days can be put together.
select
    news_date,
    mp_action_geo_country_iso,
    min(mp_action_geo_country_eng) as mp_action_geo_country_eng,
    min(mp_action_geo_country_kor) as mp_action_geo_country_kor,
    count(*) as event_count,
    sum(mention_count)::bigint as joined_mentions,
    count(*) filter (where quad_class = 1) as verbal_cooperation,
    count(*) filter (where quad_class = 2) as material_cooperation,
    count(*) filter (where quad_class = 3) as verbal_conflict,
    count(*) filter (where quad_class = 4) as material_conflict,
    count(goldstein_scale) as scaled_events,
    {{ mean('sum(goldstein_scale)', 'count(goldstein_scale)') }} as avg_goldstein_scale,
    count(avg_tone) as toned_events,
    {{ mean('sum(avg_tone)', 'count(avg_tone)') }} as avg_tone,
    max(silver_committed_at) as processed_at
from {{ ref('int_events_mapped') }}
where news_date in (select slice_date from {{ source('silver', 'changed_days') }})
    and mp_action_geo_country_iso is not null
group by news_date, mp_action_geo_country_iso
