-- The days of the week of a country and period make up the whole.
select period, mp_action_geo_country_iso, sum(event_percentage) as percentage
from {{ ref('gold_chart_weekday_event_ratio') }}
group by period, mp_action_geo_country_iso
having abs(sum(event_percentage) - 100) > 0.001
