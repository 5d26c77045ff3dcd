{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('event_date', ref('int_event_dates_touched')) }}") }}

-- Each kind of story names its order in full, so that no tie is broken by chance.
with events as (
    select * from {{ ref('int_events_of_touched_dates') }}
),

chosen as (
    select 'most influential' as story_type, * from events
    where goldstein_scale is not null
    qualify row_number() over (
        partition by event_date, mp_action_geo_country_iso
        order by goldstein_scale, num_articles desc nulls last, mention_count desc, global_event_id) = 1
    union all
    select 'most noticed' as story_type, * from events
    where num_articles is not null
    qualify row_number() over (
        partition by event_date, mp_action_geo_country_iso
        order by num_articles desc, mention_count desc, global_event_id) = 1
    union all
    select 'most anomalous' as story_type, * from events
    where is_anomaly
    qualify row_number() over (
        partition by event_date, mp_action_geo_country_iso order by anomaly desc, global_event_id) = 1
)

select
    event_date,
    mp_action_geo_country_iso,
    mp_action_geo_country_eng,
    mp_action_geo_country_kor,
    story_type,
    global_event_id,
    case when abs(goldstein_scale) > 8 then 'Far-reaching: '
        when abs(goldstein_scale) > 5 then 'Weighty: '
        when abs(goldstein_scale) > 3 then 'Notable: '
        else '' end
    || split_part(sentence, ' — ', 1)
    || case when avg_tone is null then ''
        when avg_tone > 5 then ', in a very positive tone'
        when avg_tone > 2 then ', in a positive tone'
        when avg_tone < -5 then ', in a very negative tone'
        when avg_tone < -2 then ', in a negative tone'
        else ', in a neutral tone' end
    || case when len(themes) > 0 then '. Themes: ' || array_to_string(themes[:3], ', ') else '' end
    || case when len(persons) > 0 then '. Persons: ' || array_to_string(persons[:2], ', ') else '' end
    || case when len(organizations) > 0
        then '. Organizations: ' || array_to_string(organizations[:2], ', ') else '' end
    || '.' as rich_story,
    themes[:3] as rich_themes,
    round(goldstein_scale::double, 6) as goldstein_scale,
    round(avg_tone::double, 6) as avg_tone,
    mp_event_type as event_type,
    num_articles::bigint as num_articles,
    round(anomaly, 6) as anomaly,
    source_url,
    silver_committed_at as processed_at
from chosen
