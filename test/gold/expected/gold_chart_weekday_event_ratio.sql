with newest as (select max(news_date) as day from mapped),
dated as (
  select placed.*, unnest(array[
      case when event_date > day - interval '2 years' then 'last 2 years' end,
      case when to_char(event_date, 'YYYYMM') = to_char(day, 'YYYYMM') then 'this month' end]) as period
  from placed cross join newest where event_date <= day
)
select period, iso as mp_action_geo_country_iso, min(eng) as mp_action_geo_country_eng,
  min(kor) as mp_action_geo_country_kor, extract(dow from event_date)::integer + 1 as weekday_num,
  trim(to_char(event_date, 'Day')) as weekday_name, count(*) as event_count,
  100.0 * count(*) / of_period as event_percentage
from dated
join (select period, iso, count(*) as of_period from dated group by period, iso) as whole using (period, iso)
group by period, iso, of_period, extract(dow from event_date), trim(to_char(event_date, 'Day'))
