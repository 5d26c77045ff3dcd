-- Of each date that was made anew the summary counts every event that is in a country known to us.
with touched as (
    select event_date from {{ ref('int_event_dates_touched') }}
),

counted as (
    select event_date, sum(event_count) as events from {{ ref('gold_near_realtime_summary') }}
    where event_date in (select event_date from touched)
    group by event_date
),

staged as (
    select event_date, count(*) as events
    from {{ ref('stg_silver__events') }} as events
    inner join {{ ref('fips_countries') }} as place on place.fips_code = events.action_geo_country_code
    where event_date in (select event_date from touched)
    group by event_date
)

select event_date, counted.events as counted, staged.events as staged
from counted full join staged using (event_date)
where counted.events is distinct from staged.events
