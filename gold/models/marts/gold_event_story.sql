{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', source('silver', 'changed_days'), 'slice_date') }}") }}

-- The most reported events of a country and news day, each with all that is known of it.
select
    news_date,
    mp_action_geo_country_iso,
    mp_action_geo_country_eng,
    mp_action_geo_country_kor,
    row_number() over (
        partition by news_date, mp_action_geo_country_iso
        order by mention_count desc, source_count desc, global_event_id
    ) as story_rank,
    global_event_id,
    event_date,
    sentence,
    mp_event_info as event_info,
    mp_event_categories,
    mp_quad_class,
    mp_event_type as event_type,
    coalesce(actor1_name, actor1_code) as actor1,
    mp_actor1_role as actor1_role,
    mp_actor1_religion as actor1_religion,
    mp_actor1_ethnic_group as actor1_ethnic_group,
    coalesce(actor2_name, actor2_code) as actor2,
    mp_actor2_role as actor2_role,
    mp_actor2_religion as actor2_religion,
    mp_actor2_ethnic_group as actor2_ethnic_group,
    action_geo_fullname,
    round(action_geo_lat, 6) as action_geo_lat,
    round(action_geo_long, 6) as action_geo_long,
    round(goldstein_scale::double, 6) as goldstein_scale,
    round(avg_tone::double, 6) as avg_tone,
    round(mention_tone_avg::double, 6) as mention_tone_avg,
    mention_count::bigint as mention_count,
    source_count::bigint as source_count,
    document_count::bigint as document_count,
    first_mention_time,
    last_mention_time,
    round(epoch(last_mention_time - first_mention_time) / 3600, 6) as hours_in_the_news,
    themes[:5] as themes,
    persons[:5] as persons,
    organizations[:5] as organizations,
    lead_source_name,
    source_url,
    status,
    silver_committed_at as processed_at
from {{ ref('int_events_mapped') }}
where news_date in (select slice_date from {{ source('silver', 'changed_days') }})
    and mp_action_geo_country_iso is not null
qualify story_rank <= {{ var('stories_max') }}
