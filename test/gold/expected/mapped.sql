-- Events as the mart of Silver has them, with the seeds' names. Numeric, so that nothing is rounded but
-- the answer. `country` and the others are loaded from gold/seeds.
create temp table mapped as
select
  e.*,
  (e.slice at time zone 'UTC')::date as news_date,
  c.iso_code as iso, c.name_eng as eng, c.name_kor as kor,
  a1.iso_code as iso1, a1.name_eng as eng1, a1.name_kor as kor1,
  a2.iso_code as iso2, a2.name_eng as eng2, a2.name_kor as kor2,
  round(goldstein_scale::numeric, 3) as scale,
  round(avg_tone::numeric, 6) as tone,
  case when quad_class in (1, 2) then 'cooperation' when quad_class in (3, 4) then 'conflict' end as kind,
  case quad_class when 1 then 'verbal cooperation' when 2 then 'material cooperation'
    when 3 then 'verbal conflict' when 4 then 'material conflict' end as quad
from silver.events as e
left join country as c on c.fips_code = e.action_geo_country_code
left join country as a1 on a1.fips_code = e.actor1_geo_country_code
left join country as a2 on a2.fips_code = e.actor2_geo_country_code;

create temp table placed as select * from mapped where iso is not null and event_date is not null;

create temp table spread as
select event_date, avg(scale) as scale_mean, stddev_pop(scale) as scale_deviation,
  avg(tone) as tone_mean, stddev_pop(tone) as tone_deviation
from placed group by event_date;

create temp table scored as
select p.*, greatest(
    coalesce(abs(round((scale - scale_mean) / nullif(round(scale_deviation, 9), 0), 6)), 0),
    coalesce(abs(round((tone - tone_mean) / nullif(round(tone_deviation, 9), 0), 6)), 0)
  ) as anomaly
from placed as p join spread using (event_date);

create index on scored (event_date, iso);
analyze mapped, placed, scored;
