{# The word for a tone: neutral within the limits. #}
{% macro tone_word(tone, limit) -%}
  case when {{ tone }} > {{ limit }} then 'positive' when {{ tone }} < -{{ limit }} then 'negative' else 'neutral' end
{%- endmacro %}
