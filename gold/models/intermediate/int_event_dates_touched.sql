{{ config(materialized='table') }}

-- Days of events whose rows have changed: as they were before, and as they are now.
select event_date from {{ source('silver', 'touched_dates') }}
union
select event_date from {{ ref('stg_silver__events') }}
where slice_date in (select slice_date from {{ source('silver', 'changed_days') }}) and event_date is not null
