with pairs as materialized (
  select * from mapped where event_date is not null and iso1 <> iso2
    and num_nulls(actor1_geo_lat, actor1_geo_long, actor2_geo_lat, actor2_geo_long) = 0
), ranked as (
  select event_date, iso1, iso2, min(eng1) as eng1, min(kor1) as kor1, min(eng2) as eng2, min(kor2) as kor2,
    count(*) as events, avg(scale) as scale, avg(tone) as tone,
    rank() over (partition by event_date order by count(*) desc, iso1 collate "C", iso2 collate "C") as place
  from pairs group by event_date, iso1, iso2
)
select event_date, iso1 as mp_actor1_geo_country_iso, eng1 as mp_actor1_geo_country_eng,
  kor1 as mp_actor1_geo_country_kor, iso2 as mp_actor2_geo_country_iso, eng2 as mp_actor2_geo_country_eng,
  kor2 as mp_actor2_geo_country_kor, place as route_rank, events as event_count, scale as avg_goldstein_scale,
  tone as avg_tone,
  case sign(round(tone, 6)) when 1 then 'positive' when -1 then 'negative' else 'neutral' end as tone_category,
  eng1 || ' → ' || eng2 as route_name,
  (select '[' || round(a::numeric, 6) || '|' || round(b::numeric, 6) || '] [' || round(c::numeric, 6) || '|'
      || round(d::numeric, 6) || ']'
    from (select actor1_geo_lat as a, actor1_geo_long as b, actor2_geo_lat as c, actor2_geo_long as d, count(*) as n
      from pairs as p where (p.event_date, p.iso1, p.iso2) = (ranked.event_date, ranked.iso1, ranked.iso2)
      group by 1, 2, 3, 4 order by n desc, 1, 2, 3, 4 limit 1) as most) as location_text
from ranked where place <= 100
