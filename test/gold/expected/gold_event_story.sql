with ranked as (
  select *, row_number() over (partition by news_date, iso
    order by mention_count desc, source_count desc, global_event_id) as place
  from mapped where iso is not null
)
select news_date, iso as mp_action_geo_country_iso, eng as mp_action_geo_country_eng,
  kor as mp_action_geo_country_kor, place as story_rank, global_event_id, event_date, sentence,
  coalesce(c.phrase, r.phrase) as event_info, root.name_eng as mp_event_categories, quad as mp_quad_class,
  kind as event_type, coalesce(actor1_name, actor1_code) as actor1, o1.name_eng as actor1_role,
  g1.name_eng as actor1_religion, t1.name_eng as actor1_ethnic_group,
  coalesce(actor2_name, actor2_code) as actor2, o2.name_eng as actor2_role,
  g2.name_eng as actor2_religion, t2.name_eng as actor2_ethnic_group,
  action_geo_fullname, action_geo_lat, action_geo_long, scale as goldstein_scale, tone as avg_tone,
  mention_tone_avg, mention_count, source_count, document_count, first_mention_time, last_mention_time,
  extract(epoch from last_mention_time - first_mention_time) / 3600 as hours_in_the_news,
  themes[1:5] as themes, persons[1:5] as persons, organizations[1:5] as organizations,
  lead_source_name, source_url, status
from ranked
left join root using (event_root_code)
left join code as c using (event_code)
left join code as r on r.event_code = ranked.event_root_code
left join role as o1 on o1.role_code = actor1_type1_code
left join role as o2 on o2.role_code = actor2_type1_code
left join religion as g1 on g1.religion_code = actor1_religion1_code
left join religion as g2 on g2.religion_code = actor2_religion1_code
left join ethnic as t1 on t1.ethnic_code = actor1_ethnic_code
left join ethnic as t2 on t2.ethnic_code = actor2_ethnic_code
where place <= 20
