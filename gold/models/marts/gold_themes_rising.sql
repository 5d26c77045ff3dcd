{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', ref('int_news_dates_touched')) }}") }}

-- A theme rises when more of the day's events have it than the days before let expect.
with days as (
    select distinct slice_date, themed_events from {{ ref('int_theme_days') }}
),

touched as (
    select slice_date as news_date from days
    where slice_date in (select news_date from {{ ref('int_news_dates_touched') }})
),

baseline as (
    select touched.news_date, sum(days.themed_events)::bigint as baseline_events
    from touched
    inner join days
        on days.slice_date between touched.news_date - {{ var('baseline_days') }} and touched.news_date - 1
    group by touched.news_date
),

themes_before as (
    select touched.news_date, before.theme, sum(before.event_count)::bigint as baseline_count
    from touched
    inner join {{ ref('int_theme_days') }} as before
        on before.slice_date between touched.news_date - {{ var('baseline_days') }} and touched.news_date - 1
    group by touched.news_date, before.theme
),

expected as (
    select
        today.slice_date as news_date,
        today.theme,
        today.event_count,
        today.themed_events,
        baseline_events,
        coalesce(baseline_count, 0) as baseline_count,
        today.themed_events::double * coalesce(baseline_count, 0) / baseline_events as expected_count,
        today.processed_at
    from {{ ref('int_theme_days') }} as today
    inner join touched on touched.news_date = today.slice_date
    left join baseline on baseline.news_date = today.slice_date
    left join themes_before on themes_before.news_date = today.slice_date and themes_before.theme = today.theme
    where today.event_count >= {{ var('theme_events_min') }}
),

scored as (
    select
        news_date,
        theme,
        event_count,
        {{ mean('100 * event_count', 'themed_events') }} as event_percentage,
        round(expected_count, 6) as expected_count,
        round((event_count - expected_count) / sqrt(greatest(expected_count, 1)), 6) as rise,
        baseline_events is not null and baseline_count = 0 as is_new,
        processed_at
    from expected
)

select
    news_date,
    theme,
    row_number() over (
        partition by news_date order by rise desc nulls last, event_count desc, theme
    ) as theme_rank,
    event_count,
    event_percentage,
    expected_count,
    rise,
    is_new,
    processed_at
from scored
qualify theme_rank <= {{ var('themes_max') }}
