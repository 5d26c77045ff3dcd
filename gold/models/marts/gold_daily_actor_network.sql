{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('event_date', ref('int_event_dates_touched')) }}") }}

-- The places of the two actors that events of a route have most often stand for it on a map.
with routes as (
    select * from {{ ref('int_events_mapped') }}
    where event_date in (select event_date from {{ ref('int_event_dates_touched') }})
        and mp_actor1_geo_country_iso <> mp_actor2_geo_country_iso
        and actor1_geo_lat is not null and actor1_geo_long is not null
        and actor2_geo_lat is not null and actor2_geo_long is not null
),

places as (
    select
        event_date,
        mp_actor1_geo_country_iso,
        mp_actor2_geo_country_iso,
        format('[{:.6f}|{:.6f}] [{:.6f}|{:.6f}]',
            actor1_geo_lat, actor1_geo_long, actor2_geo_lat, actor2_geo_long) as location_text
    from routes
    group by event_date, mp_actor1_geo_country_iso, mp_actor2_geo_country_iso,
        actor1_geo_lat, actor1_geo_long, actor2_geo_lat, actor2_geo_long
    qualify row_number() over (
        partition by event_date, mp_actor1_geo_country_iso, mp_actor2_geo_country_iso
        order by count(*) desc, actor1_geo_lat, actor1_geo_long, actor2_geo_lat, actor2_geo_long) = 1
),

counted as (
    select
        event_date,
        mp_actor1_geo_country_iso,
        mp_actor2_geo_country_iso,
        any_value(mp_actor1_geo_country_eng) as mp_actor1_geo_country_eng,
        any_value(mp_actor1_geo_country_kor) as mp_actor1_geo_country_kor,
        any_value(mp_actor2_geo_country_eng) as mp_actor2_geo_country_eng,
        any_value(mp_actor2_geo_country_kor) as mp_actor2_geo_country_kor,
        count(*) as event_count,
        {{ mean('sum(goldstein_scale)', 'count(goldstein_scale)') }} as avg_goldstein_scale,
        {{ mean('sum(avg_tone)', 'count(avg_tone)') }} as avg_tone,
        max(silver_committed_at) as processed_at
    from routes
    group by event_date, mp_actor1_geo_country_iso, mp_actor2_geo_country_iso
)

select
    event_date,
    mp_actor1_geo_country_iso,
    mp_actor1_geo_country_eng,
    mp_actor1_geo_country_kor,
    mp_actor2_geo_country_iso,
    mp_actor2_geo_country_eng,
    mp_actor2_geo_country_kor,
    row_number() over (
        partition by event_date order by event_count desc, mp_actor1_geo_country_iso, mp_actor2_geo_country_iso
    ) as route_rank,
    event_count,
    avg_goldstein_scale,
    avg_tone,
    {{ tone_word('avg_tone', 0) }} as tone_category,
    mp_actor1_geo_country_eng || ' → ' || mp_actor2_geo_country_eng as route_name,
    location_text,
    processed_at
from counted
inner join places using (event_date, mp_actor1_geo_country_iso, mp_actor2_geo_country_iso)
qualify route_rank <= {{ var('network_routes_max') }}
