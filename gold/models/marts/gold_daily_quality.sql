{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', source('silver', 'changed_days'), 'slice_date') }}") }}

-- How much of a news day the other tables can speak of.
with events as (
    select
        news_date,
        count(*) as event_count,
        count(mp_action_geo_country_iso) as located_events,
        count(*) filter (where status = 'SILVER_COMPLETE') as complete_events,
        count(*) filter (where len(themes) > 0) as themed_events,
        max(silver_committed_at) as processed_at
    from {{ ref('int_events_mapped') }}
    where news_date in (select slice_date from {{ source('silver', 'changed_days') }})
    group by news_date
),

mentions as (
    select
        slice_date as news_date,
        count(*) as mention_count,
        count(*) filter (where event_joined) as joined_mentions,
        count(gkg_record_id) as mentions_with_context,
        count(distinct mention_source_name) as source_count,
        max(silver_committed_at) as processed_at
    from {{ ref('stg_silver__mentions') }}
    group by slice_date
)

select
    news_date,
    coalesce(event_count, 0) as event_count,
    coalesce(located_events, 0) as located_events,
    coalesce(complete_events, 0) as complete_events,
    coalesce(themed_events, 0) as themed_events,
    coalesce(mention_count, 0) as mention_count,
    coalesce(joined_mentions, 0) as joined_mentions,
    coalesce(mentions_with_context, 0) as mentions_with_context,
    coalesce(source_count, 0) as source_count,
    greatest(events.processed_at, mentions.processed_at) as processed_at
from events
full join mentions using (news_date)
