{{ config(severity='warn') }}
-- A FIPS code that the seed does not have: its events are in no mart by country. Not a mistake of the
-- run, so it is only told.
select action_geo_country_code, count(*) as events
from {{ ref('int_events_mapped') }}
where action_geo_country_code is not null and mp_action_geo_country_iso is null
group by action_geo_country_code
