{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('event_date', ref('int_event_dates_touched')) }}") }}

select
    event_date,
    mp_action_geo_country_iso,
    any_value(mp_action_geo_country_eng) as mp_action_geo_country_eng,
    any_value(mp_action_geo_country_kor) as mp_action_geo_country_kor,
    count(*) as event_count,
    {{ mean('sum(avg_tone)', 'count(avg_tone)') }} as avg_tone,
    max(silver_committed_at) as processed_at
from {{ ref('int_events_of_touched_dates') }}
group by event_date, mp_action_geo_country_iso
