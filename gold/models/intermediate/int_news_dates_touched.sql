{{ config(materialized='table') }}

-- Changed days, and those that are compared with them.
select distinct changed.slice_date + later.days::integer as news_date
from {{ source('silver', 'changed_days') }} as changed
cross join range({{ var('baseline_days') }} + 1) as later(days)
