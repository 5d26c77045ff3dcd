{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('event_date', ref('int_event_dates_touched')) }}") }}

select
    event_date,
    mp_action_geo_country_iso,
    any_value(mp_action_geo_country_eng) as mp_action_geo_country_eng,
    any_value(mp_action_geo_country_kor) as mp_action_geo_country_kor,
    event_root_code,
    mp_quad_class,
    any_value(mp_event_categories) as mp_event_categories,
    any_value(mp_event_categories_kor) as mp_event_categories_kor,
    count(*) as event_count,
    max(silver_committed_at) as processed_at
from {{ ref('int_events_of_touched_dates') }}
where mp_quad_class is not null and mp_event_categories is not null
group by event_date, mp_action_geo_country_iso, event_root_code, mp_quad_class
