select event_date, iso as mp_action_geo_country_iso, min(eng) as mp_action_geo_country_eng,
  min(kor) as mp_action_geo_country_kor, event_root_code, quad as mp_quad_class,
  min(root.name_eng) as mp_event_categories, min(root.name_kor) as mp_event_categories_kor,
  count(*) as event_count
from placed join root using (event_root_code)
where quad is not null
group by event_date, iso, event_root_code, quad
