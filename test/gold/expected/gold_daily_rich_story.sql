with stories as (
  select d.*, s.* from (select distinct event_date as day, iso as place from scored) as d
  cross join lateral (
    (select 'most influential' as story_type, * from scored where event_date = day and iso = place
      and scale is not null
      order by scale, coalesce(num_articles, -1) desc, mention_count desc, global_event_id limit 1)
    union all
    (select 'most noticed', * from scored where event_date = day and iso = place and num_articles is not null
      order by num_articles desc, mention_count desc, global_event_id limit 1)
    union all
    (select 'most anomalous', * from scored where event_date = day and iso = place and anomaly > 2
      order by anomaly desc, global_event_id limit 1)
  ) as s
)
select event_date, iso as mp_action_geo_country_iso, eng as mp_action_geo_country_eng,
  kor as mp_action_geo_country_kor, story_type, global_event_id,
  case when scale is null or abs(scale) <= 3 then '' when abs(scale) > 8 then 'Far-reaching: '
    when abs(scale) > 5 then 'Weighty: ' else 'Notable: ' end
  || regexp_replace(sentence, ' — .*$', '')
  || coalesce(', in a ' || case when tone > 5 then 'very positive' when tone > 2 then 'positive'
    when tone < -5 then 'very negative' when tone < -2 then 'negative' else 'neutral' end || ' tone', '')
  || coalesce('. Themes: ' || nullif(array_to_string(themes[1:3], ', '), ''), '')
  || coalesce('. Persons: ' || nullif(array_to_string(persons[1:2], ', '), ''), '')
  || coalesce('. Organizations: ' || nullif(array_to_string(organizations[1:2], ', '), ''), '') || '.'
    as rich_story,
  themes[1:3] as rich_themes, scale as goldstein_scale, tone as avg_tone, kind as event_type, num_articles,
  anomaly, source_url
from stories
