{#
  Recomputed by partition: what a model has of the touched ones goes, in the transaction that puts in
  what they are now. So it does not matter how often, or in which order, slices and revisions came.
  Not the strategy delete+insert, which would keep a partition that has no row any more. To be named in
  quotes, as a hook that is rendered when the model runs: before, nothing is incremental.
#}
{% macro recomputed(partition, touched, as=none) %}
  {%- if is_incremental() -%}
    delete from {{ this }} where {{ partition }} in (select {{ as or partition }} from {{ touched }})
  {%- endif -%}
{% endmacro %}
