select news_date, iso as mp_action_geo_country_iso, min(eng) as mp_action_geo_country_eng,
  min(kor) as mp_action_geo_country_kor, count(*) as event_count, sum(mention_count) as joined_mentions,
  sum((quad_class = 1)::int) as verbal_cooperation, sum((quad_class = 2)::int) as material_cooperation,
  sum((quad_class = 3)::int) as verbal_conflict, sum((quad_class = 4)::int) as material_conflict,
  count(scale) as scaled_events, avg(scale) as avg_goldstein_scale, count(tone) as toned_events, avg(tone) as avg_tone
from mapped where iso is not null group by news_date, iso
