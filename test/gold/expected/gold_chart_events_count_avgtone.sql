select event_date, iso as mp_action_geo_country_iso, min(eng) as mp_action_geo_country_eng,
  min(kor) as mp_action_geo_country_kor, count(*) as event_count, avg(tone) as avg_tone
from placed group by event_date, iso
