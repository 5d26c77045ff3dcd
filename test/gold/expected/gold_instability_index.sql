with scores as (
  select *, (case when kind = 'conflict' then 40 else 0 end) + (case when quad_class = 4 then 30 else 0 end)
    + 3 * coalesce(greatest(-scale, 0), 0) as points
  from mapped where iso is not null
), days as (
  select news_date, iso, min(eng) as eng, min(kor) as kor, count(*) as events,
    100.0 * count(*) filter (where kind = 'conflict') / count(*) as conflict,
    100.0 * count(*) filter (where quad_class = 4) / count(*) as material,
    coalesce(sum(greatest(-scale, 0)), 0) / count(*) as severity, avg(points) as points, sum(points) as sum
  from scores group by news_date, iso
), compared as (
  select *, sum(sum) over week / sum(events) over week as before
  from days window week as (partition by iso order by news_date
    range between interval '7 days' preceding and interval '1 day' preceding)
)
select news_date, iso as mp_action_geo_country_iso, eng as mp_action_geo_country_eng,
  kor as mp_action_geo_country_kor, events as event_count, conflict as conflict_percentage,
  material as material_conflict_percentage, severity as mean_severity, points as instability_index,
  before as baseline_index, points - before as index_change, events >= 30 as is_reliable
from compared
