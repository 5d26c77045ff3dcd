with themed as (
  select m.*, t.theme from mapped as m
  cross join lateral (select distinct unnest(m.themes) as theme) as t where iso is not null
), ranked as (
  select news_date, theme, row_number() over (partition by news_date order by count(*) desc, theme collate "C") as place
  from themed group by news_date, theme
)
select news_date, theme, iso as mp_action_geo_country_iso, min(place) as theme_rank, count(*) as event_count,
  sum((quad_class = 1)::int) as verbal_cooperation, sum((quad_class = 2)::int) as material_cooperation,
  sum((quad_class = 3)::int) as verbal_conflict, sum((quad_class = 4)::int) as material_conflict,
  count(scale) as scaled_events, avg(scale) as avg_goldstein_scale, count(tone) as toned_events, avg(tone) as avg_tone
from themed join ranked using (news_date, theme) where place <= 200 group by news_date, theme, iso
