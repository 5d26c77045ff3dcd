{{ config(
    materialized='incremental', incremental_strategy='append',
    pre_hook="{{ recomputed('news_date', source('silver', 'changed_days'), 'slice_date') }}") }}

with mentions as (
    select 'source' as dimension, mention_source_name as name, * from {{ ref('stg_silver__mentions') }}
    where mention_source_name is not null
    union all
    select 'language' as dimension, language_code as name, * from {{ ref('stg_silver__mentions') }}
),

counted as (
    select
        slice_date as news_date,
        dimension,
        name,
        count(*) as mention_count,
        count(distinct mention_identifier) as document_count,
        count(distinct global_event_id) as event_count,
        {{ mean('sum(mention_doc_tone)', 'count(mention_doc_tone)') }} as avg_tone,
        max(silver_committed_at) as processed_at
    from mentions
    group by slice_date, dimension, name
)

select
    news_date,
    dimension,
    name,
    row_number() over (
        partition by news_date, dimension order by mention_count desc, name
    ) as name_rank,
    mention_count,
    document_count,
    event_count,
    round(
        100 * mention_count::double / sum(mention_count) over (partition by news_date, dimension), 6
    ) as mention_percentage,
    avg_tone,
    processed_at
from counted
qualify name_rank <= {{ var('sources_max') }}
