{#
  0 when all is cooperation, 100 when every event is material conflict of the worst kind: 40 for the share of
  conflict, 30 for that of material conflict, 30 for how far Goldstein's scale is below zero.
#}
{% macro instability(of) -%}
  round((40::double * {{ of }}.conflict_events + 30 * {{ of }}.material_conflict_events
    + 3 * {{ of }}.severity_sum::double) / {{ of }}.event_count, 6)
{%- endmacro %}
