-- Of each date that was made anew the summary counts every event that is in a country known to us.
with counted as (
    select event_date, sum(event_count) as events from {{ ref('gold_near_realtime_summary') }} group by event_date
),

staged as (
    select event_date, count(*) as events from {{ ref('int_events_mapped') }}
    where mp_action_geo_country_iso is not null and event_date is not null
    group by event_date
)

select event_date, counted.events as counted, staged.events as staged
from counted full join staged using (event_date)
where counted.events is distinct from staged.events
