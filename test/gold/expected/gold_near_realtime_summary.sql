select
  s.event_date, iso as mp_action_geo_country_iso, min(eng) as mp_action_geo_country_eng,
  min(kor) as mp_action_geo_country_kor, count(*) as event_count, avg(scale) as avg_goldstein_scale,
  avg(tone) as avg_tone, coalesce(sum(num_mentions), 0) as total_mentions,
  coalesce(sum(num_sources), 0) as total_sources, coalesce(sum(num_articles), 0) as total_articles,
  sum(mention_count) as joined_mentions,
  sum(case kind when 'cooperation' then 1 else 0 end) as count_cooperation_event,
  sum(case kind when 'conflict' then 1 else 0 end) as count_conflict_event,
  sum(case when anomaly > 2 then 1 else 0 end) as count_anomaly_event,
  -0.5 * coalesce(avg(scale), 0) - 0.3 * coalesce(avg(tone), 0) + 0.2 * ln(count(*)::numeric) as risk_score_daily,
  (select 'Most frequent: ' || lower(name_eng) || ' (' || count(*) || ' of '
      || (select count(*) from scored as a where a.event_date = s.event_date and a.iso = s.iso) || ' events)'
    from scored as b join root using (event_root_code)
    where b.event_date = s.event_date and b.iso = s.iso
    group by event_root_code, name_eng order by count(*) desc, event_root_code limit 1)
  || '; the tone is ' || case when avg(tone) > 2.5 then 'positive' when avg(tone) < -2.5 then 'negative'
    else 'neutral' end || '.' as daily_tone_summary
from scored as s
group by s.event_date, s.iso
