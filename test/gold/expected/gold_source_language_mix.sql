with named as (
  select (slice at time zone 'UTC')::date as news_date, m.*, d.dimension, d.name
  from silver.mentions as m
  cross join lateral (values
    ('source', m.mention_source_name),
    ('language', coalesce(substring(m.translation_info from 'srclc:([a-z]{3})'), 'eng'))) as d (dimension, name)
  where d.name is not null
), ranked as (
  select news_date, dimension, name, count(*) as mentions, count(distinct mention_identifier) as documents,
    count(distinct global_event_id) as events, avg(round(mention_doc_tone::numeric, 6)) as tone,
    100.0 * count(*) / sum(count(*)) over (partition by news_date, dimension) as percentage,
    row_number() over (partition by news_date, dimension order by count(*) desc, name collate "C") as place
  from named group by news_date, dimension, name
)
select news_date, dimension, name, place as name_rank, mentions as mention_count, documents as document_count,
  events as event_count, percentage as mention_percentage, tone as avg_tone
from ranked where place <= 100
