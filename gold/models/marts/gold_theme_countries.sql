{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', source('silver', 'changed_days'), 'slice_date') }}") }}

-- Where a theme is in the news, and how: of the themes that most of a day's events have.
with themed as (
    select distinct
        news_date, global_event_id, unnest(themes) as theme, mp_action_geo_country_iso, quad_class,
        goldstein_scale, avg_tone, silver_committed_at
    from {{ ref('int_events_mapped') }}
    where news_date in (select slice_date from {{ source('silver', 'changed_days') }})
        and mp_action_geo_country_iso is not null
),

counted as (
    select
        news_date,
        theme,
        mp_action_geo_country_iso,
        count(*) as event_count,
        {{ news_measures() }}
    from themed
    group by news_date, theme, mp_action_geo_country_iso
),

ranked as (
    select news_date, theme, row_number() over (
        partition by news_date order by sum(event_count) desc, theme
    ) as theme_rank
    from counted
    group by news_date, theme
)

select
    counted.news_date,
    counted.theme,
    counted.mp_action_geo_country_iso,
    ranked.theme_rank,
    counted.event_count,
    counted.verbal_cooperation,
    counted.material_cooperation,
    counted.verbal_conflict,
    counted.material_conflict,
    counted.scaled_events,
    counted.avg_goldstein_scale,
    counted.toned_events,
    counted.avg_tone,
    counted.processed_at
from counted
inner join ranked on ranked.news_date = counted.news_date and ranked.theme = counted.theme
where ranked.theme_rank <= {{ var('placed_themes_max') }}
