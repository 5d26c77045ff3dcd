with steps as (
  select news_date, iso, case when tone < -10 then -10 when tone >= 9 then 9 else floor(tone) end::int as step
  from mapped where iso is not null and tone is not null
)
select news_date, iso as mp_action_geo_country_iso, step as tone_from, count(*) as event_count
from steps group by news_date, iso, step
