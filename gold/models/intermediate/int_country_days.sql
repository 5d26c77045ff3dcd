{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('slice_date', source('silver', 'changed_days')) }}") }}

-- What a news day says of a country, in exact sums.
select
    slice_date,
    mp_action_geo_country_iso,
    any_value(mp_action_geo_country_eng) as mp_action_geo_country_eng,
    any_value(mp_action_geo_country_kor) as mp_action_geo_country_kor,
    count(*) as event_count,
    count(*) filter (where quad_class in (3, 4)) as conflict_events,
    count(*) filter (where quad_class = 4) as material_conflict_events,
    coalesce(sum(greatest(-goldstein_scale, 0)), 0) as severity_sum,
    max(silver_committed_at) as processed_at
from {{ ref('int_events_mapped') }}
where slice_date in (select slice_date from {{ source('silver', 'changed_days') }})
    and mp_action_geo_country_iso is not null
group by slice_date, mp_action_geo_country_iso
