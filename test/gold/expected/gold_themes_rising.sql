with themed as (
  select news_date, global_event_id, unnest(themes) as theme from mapped
), days as materialized (
  select news_date, count(distinct global_event_id) as events from themed group by news_date
), counts as materialized (
  select news_date, theme, count(*) as events from themed group by news_date, theme
), expected as (
  select t.news_date, t.theme, t.events, d.events as of_day,
    (select sum(b.events) from days as b where b.news_date < t.news_date and b.news_date >= t.news_date - 7) as before,
    coalesce(sum(t.events) over (partition by t.theme order by t.news_date
      range between interval '7 days' preceding and interval '1 day' preceding), 0) as with_theme
  from counts as t join days as d using (news_date)
), scored as (
  select *, of_day * with_theme / before as expects,
    round(((events - of_day * with_theme / before) / sqrt(greatest(of_day * with_theme / before, 1)))::numeric, 6) as rise
  from expected where events >= 5
), ranked as (
  select *, row_number() over (partition by news_date
    order by rise desc nulls last, events desc, theme collate "C") as place from scored
)
select news_date, theme, place as theme_rank, events as event_count, 100.0 * events / of_day as event_percentage,
  expects as expected_count, rise, before is not null and with_theme = 0 as is_new
from ranked where place <= 200
