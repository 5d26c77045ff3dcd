{# How much a group of events is: of which kind, on which scale, in which tone. Counts stand beside the means, so that groups can be put together. #}
{% macro news_measures() -%}
count(*) filter (where quad_class = 1) as verbal_cooperation,
    count(*) filter (where quad_class = 2) as material_cooperation,
    count(*) filter (where quad_class = 3) as verbal_conflict,
    count(*) filter (where quad_class = 4) as material_conflict,
    count(goldstein_scale) as scaled_events,
    {{ mean('sum(goldstein_scale)', 'count(goldstein_scale)') }} as avg_goldstein_scale,
    count(avg_tone) as toned_events,
    {{ mean('sum(avg_tone)', 'count(avg_tone)') }} as avg_tone,
    max(silver_committed_at) as processed_at
{%- endmacro %}
