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
    {{ news_measures() }}
from {{ ref('int_events_mapped') }}
where news_date in (select slice_date from {{ source('silver', 'changed_days') }})
    and mp_action_geo_country_iso is not null
group by news_date, mp_action_geo_country_iso
