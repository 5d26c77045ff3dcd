{{ config(materialized='table') }}

-- Counted back from the newest news day, not from the clock of who computes it. What articles place
-- in the future belongs to no period.
with newest as (
    select max(slice_date) as news_date from {{ ref('stg_silver__events') }}
),

periods as (
    select 'last 2 years' as period, (news_date - interval 2 year)::date + 1 as first_date, news_date as last_date
    from newest
    union all
    select 'this month' as period, date_trunc('month', news_date)::date as first_date, news_date as last_date
    from newest
),

counted as (
    select
        period,
        mp_action_geo_country_iso,
        any_value(mp_action_geo_country_eng) as mp_action_geo_country_eng,
        any_value(mp_action_geo_country_kor) as mp_action_geo_country_kor,
        (dayofweek(event_date) + 1)::integer as weekday_num,
        any_value(dayname(event_date)) as weekday_name,
        sum(event_count)::bigint as event_count,
        max(processed_at) as processed_at
    from {{ ref('gold_chart_events_count_avgtone') }}
    inner join periods on event_date between first_date and last_date
    group by period, mp_action_geo_country_iso, dayofweek(event_date)
)

select
    period,
    mp_action_geo_country_iso,
    mp_action_geo_country_eng,
    mp_action_geo_country_kor,
    weekday_num,
    weekday_name,
    event_count,
    round(
        100 * event_count::double / sum(event_count) over (partition by period, mp_action_geo_country_iso), 6
    ) as event_percentage,
    processed_at
from counted
