{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', ref('int_news_dates_touched')) }}") }}

with today as (
    select * from {{ ref('int_country_days') }}
    where slice_date in (select news_date from {{ ref('int_news_dates_touched') }})
),

before as (
    select
        today.slice_date,
        today.mp_action_geo_country_iso,
        sum(days.event_count)::bigint as event_count,
        sum(days.conflict_events)::bigint as conflict_events,
        sum(days.material_conflict_events)::bigint as material_conflict_events,
        sum(days.severity_sum) as severity_sum
    from today
    inner join {{ ref('int_country_days') }} as days
        on days.mp_action_geo_country_iso = today.mp_action_geo_country_iso
        and days.slice_date between today.slice_date - {{ var('baseline_days') }} and today.slice_date - 1
    group by today.slice_date, today.mp_action_geo_country_iso
),

indexed as (
    select
        today.slice_date as news_date,
        today.mp_action_geo_country_iso,
        today.mp_action_geo_country_eng,
        today.mp_action_geo_country_kor,
        today.event_count,
        {{ mean('100 * today.conflict_events', 'today.event_count') }} as conflict_percentage,
        {{ mean('100 * today.material_conflict_events', 'today.event_count') }} as material_conflict_percentage,
        {{ mean('today.severity_sum', 'today.event_count') }} as mean_severity,
        {{ instability('today') }} as instability_index,
        {{ instability('before') }} as baseline_index,
        today.processed_at
    from today
    left join before
        on before.slice_date = today.slice_date
        and before.mp_action_geo_country_iso = today.mp_action_geo_country_iso
)

select
    news_date,
    mp_action_geo_country_iso,
    mp_action_geo_country_eng,
    mp_action_geo_country_kor,
    event_count,
    conflict_percentage,
    material_conflict_percentage,
    mean_severity,
    instability_index,
    baseline_index,
    round(instability_index - baseline_index, 6) as index_change,
    event_count >= {{ var('reliable_events_min') }} as is_reliable,
    processed_at
from indexed
