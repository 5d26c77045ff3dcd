{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('event_date', ref('int_event_dates_touched')) }}") }}

with events as (
    select * from {{ ref('int_events_of_touched_dates') }}
),

categories as (
    select event_date, mp_action_geo_country_iso, mp_event_categories, count(*) as event_count
    from events
    where mp_event_categories is not null
    group by event_date, mp_action_geo_country_iso, mp_event_categories, event_root_code
    qualify row_number() over (
        partition by event_date, mp_action_geo_country_iso order by count(*) desc, event_root_code) = 1
),

countries as (
    select
        event_date,
        mp_action_geo_country_iso,
        any_value(mp_action_geo_country_eng) as mp_action_geo_country_eng,
        any_value(mp_action_geo_country_kor) as mp_action_geo_country_kor,
        count(*) as event_count,
        {{ mean('sum(goldstein_scale)', 'count(goldstein_scale)') }} as avg_goldstein_scale,
        {{ mean('sum(avg_tone)', 'count(avg_tone)') }} as avg_tone,
        coalesce(sum(num_mentions), 0)::bigint as total_mentions,
        coalesce(sum(num_sources), 0)::bigint as total_sources,
        coalesce(sum(num_articles), 0)::bigint as total_articles,
        sum(mention_count)::bigint as joined_mentions,
        count(*) filter (where mp_event_type = 'cooperation') as count_cooperation_event,
        count(*) filter (where mp_event_type = 'conflict') as count_conflict_event,
        count(*) filter (where is_anomaly) as count_anomaly_event,
        max(silver_committed_at) as processed_at
    from events
    group by event_date, mp_action_geo_country_iso
)

select
    event_date,
    mp_action_geo_country_iso,
    mp_action_geo_country_eng,
    mp_action_geo_country_kor,
    countries.event_count,
    avg_goldstein_scale,
    avg_tone,
    total_mentions,
    total_sources,
    total_articles,
    joined_mentions,
    count_cooperation_event,
    count_conflict_event,
    count_anomaly_event,
    round(
        -0.5::double * coalesce(avg_goldstein_scale, 0) - 0.3::double * coalesce(avg_tone, 0)
        + 0.2::double * ln(countries.event_count), 6
    ) as risk_score_daily,
    case when mp_event_categories is null then 'No category of event is known'
        else format('Most frequent: {} ({} of {} events)',
            lower(mp_event_categories), categories.event_count, countries.event_count) end
    || case when avg_tone is null then '; no tone is known.'
        else format('; the tone is {}.', {{ tone_word('avg_tone', 2.5) }}) end as daily_tone_summary,
    processed_at
from countries
left join categories using (event_date, mp_action_geo_country_iso)
