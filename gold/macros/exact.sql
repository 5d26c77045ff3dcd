{#
  Sums of decimals do not depend on the order of the rows, sums of doubles do. Tones are taken to six
  places, Goldstein's scale, which has one, to three.
#}
{% macro exact_tone(column) %}{{ column }}::decimal(12, 6){% endmacro %}
{% macro exact_scale(column) %}{{ column }}::decimal(9, 3){% endmacro %}

{# Mean to six places, null of nothing. #}
{% macro mean(sum, count) %}round(({{ sum }})::double / nullif({{ count }}, 0), 6){% endmacro %}

{# Standard deviation of all, from exact sums; 0 of what does not vary. #}
{% macro deviation(sum, squares, count) -%}
  sqrt(greatest(0, ({{ squares }})::double / {{ count }} - (({{ sum }})::double / {{ count }}) ** 2))
{%- endmacro %}
