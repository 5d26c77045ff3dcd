{# Schemas are named as they are said, without the target's in front. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ custom_schema_name | default(target.schema, true) }}
{%- endmacro %}
