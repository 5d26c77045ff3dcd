-- A division by nothing would be Infinity or NaN, which no board can draw.
select 'gold_near_realtime_summary' as mart from {{ ref('gold_near_realtime_summary') }}
where not isfinite(risk_score_daily) or not isfinite(coalesce(avg_tone, 0))
union all
select 'gold_daily_rich_story' as mart from {{ ref('gold_daily_rich_story') }} where not isfinite(anomaly)
union all
select 'gold_themes_rising' as mart from {{ ref('gold_themes_rising') }} where not isfinite(coalesce(rise, 0))
union all
select 'gold_instability_index' as mart from {{ ref('gold_instability_index') }}
where not isfinite(instability_index) or instability_index not between 0 and 100
