with events as (
  select news_date, count(*) as events, count(iso) as located, sum((status = 'SILVER_COMPLETE')::int) as complete,
    sum((cardinality(themes) > 0)::int) as themed
  from mapped group by news_date
), mentions as (
  select (slice at time zone 'UTC')::date as news_date, count(*) as mentions, sum(event_joined::int) as joined,
    count(gkg_record_id) as with_context, count(distinct mention_source_name) as sources
  from silver.mentions group by 1
)
select news_date, coalesce(events, 0) as event_count, coalesce(located, 0) as located_events,
  coalesce(complete, 0) as complete_events, coalesce(themed, 0) as themed_events,
  coalesce(mentions, 0) as mention_count, coalesce(joined, 0) as joined_mentions,
  coalesce(with_context, 0) as mentions_with_context, coalesce(sources, 0) as source_count
from events full join mentions using (news_date)
