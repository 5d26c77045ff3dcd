{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('slice_date', source('silver', 'changed_days')) }}") }}

-- How many events of a news day have a theme, and how many have any.
with events as (
    select slice_date, global_event_id, themes, silver_committed_at
    from {{ ref('stg_silver__events') }}
    where slice_date in (select slice_date from {{ source('silver', 'changed_days') }}) and len(themes) > 0
),

days as (
    select slice_date, count(*) as themed_events from events group by slice_date
),

themed as (
    select distinct slice_date, global_event_id, unnest(themes) as theme, silver_committed_at from events
)

select slice_date, theme, count(*) as event_count, any_value(themed_events) as themed_events,
    max(silver_committed_at) as processed_at
from themed inner join days using (slice_date)
group by slice_date, theme
