{{ config(materialized='table') }}

-- All events of the dates whose marts are made anew, in a country that is known, each with how far it
-- is from the mean of its date in standard deviations. An anomaly is more than two away, either way.
with events as (
    select * from {{ ref('int_events_mapped') }}
    where event_date in (select event_date from {{ ref('int_event_dates_touched') }})
        and mp_action_geo_country_iso is not null
),

days as (
    select
        event_date,
        count(goldstein_scale) as scales,
        sum(goldstein_scale) as scale_sum,
        sum(goldstein_scale::decimal(18, 3) * goldstein_scale) as scale_squares,
        count(avg_tone) as tones,
        sum(avg_tone) as tone_sum,
        sum(avg_tone::decimal(18, 6) * avg_tone) as tone_squares
    from events group by event_date
),

spread as (
    select
        event_date,
        scale_sum::double / nullif(scales, 0) as scale_mean,
        {{ deviation('scale_sum', 'scale_squares', 'nullif(scales, 0)') }} as scale_deviation,
        tone_sum::double / nullif(tones, 0) as tone_mean,
        {{ deviation('tone_sum', 'tone_squares', 'nullif(tones, 0)') }} as tone_deviation
    from days
),

scored as (
    select
        events.*,
        coalesce(
            round((goldstein_scale::double - scale_mean) / nullif(round(scale_deviation, 9), 0), 6), 0
        ) as goldstein_z,
        coalesce(round((avg_tone::double - tone_mean) / nullif(round(tone_deviation, 9), 0), 6), 0) as tone_z
    from events
    inner join spread using (event_date)
)

select *, greatest(abs(goldstein_z), abs(tone_z)) as anomaly, anomaly > 2 as is_anomaly from scored
