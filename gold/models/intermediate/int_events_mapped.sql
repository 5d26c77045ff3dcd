{{ config(materialized='table') }}

-- The events of which marts are made anew, with what their codes mean: those of touched dates, and those of
-- changed days. Places have FIPS codes, actors CAMEO's: KS is South Korea, and no actor's country. The
-- news day is that of the slice, the event's date what the articles say.
with events as materialized (
    select * from {{ ref('stg_silver__events') }}
    where event_date in (select event_date from {{ ref('int_event_dates_touched') }})
        or slice_date in (select slice_date from {{ source('silver', 'changed_days') }})
)

select
    events.*,
    events.slice_date as news_date,
    place.iso_code as mp_action_geo_country_iso,
    place_country.name_eng as mp_action_geo_country_eng,
    place_country.name_kor as mp_action_geo_country_kor,
    place1.iso_code as mp_actor1_geo_country_iso,
    place1_country.name_eng as mp_actor1_geo_country_eng,
    place1_country.name_kor as mp_actor1_geo_country_kor,
    place2.iso_code as mp_actor2_geo_country_iso,
    place2_country.name_eng as mp_actor2_geo_country_eng,
    place2_country.name_kor as mp_actor2_geo_country_kor,
    roots.name_eng as mp_event_categories,
    roots.name_kor as mp_event_categories_kor,
    coalesce(codes.phrase, root_codes.phrase) as mp_event_info,
    quads.name_eng as mp_quad_class,
    quads.event_type as mp_event_type,
    role1.name_eng as mp_actor1_role,
    role2.name_eng as mp_actor2_role,
    religion1.name_eng as mp_actor1_religion,
    religion2.name_eng as mp_actor2_religion,
    ethnic1.name_eng as mp_actor1_ethnic_group,
    ethnic2.name_eng as mp_actor2_ethnic_group
from events
left join {{ ref('fips_countries') }} as place on place.fips_code = events.action_geo_country_code
left join {{ ref('iso_countries') }} as place_country on place_country.iso_code = place.iso_code
left join {{ ref('fips_countries') }} as place1 on place1.fips_code = events.actor1_geo_country_code
left join {{ ref('iso_countries') }} as place1_country on place1_country.iso_code = place1.iso_code
left join {{ ref('fips_countries') }} as place2 on place2.fips_code = events.actor2_geo_country_code
left join {{ ref('iso_countries') }} as place2_country on place2_country.iso_code = place2.iso_code
left join {{ ref('cameo_event_roots') }} as roots on roots.event_root_code = events.event_root_code
left join {{ ref('cameo_event_codes') }} as codes on codes.event_code = events.event_code
left join {{ ref('cameo_event_codes') }} as root_codes on root_codes.event_code = events.event_root_code
left join {{ ref('quad_classes') }} as quads on quads.quad_class = events.quad_class
left join {{ ref('actor_roles') }} as role1 on role1.role_code = events.actor1_type1_code
left join {{ ref('actor_roles') }} as role2 on role2.role_code = events.actor2_type1_code
left join {{ ref('actor_religions') }} as religion1 on religion1.religion_code = events.actor1_religion1_code
left join {{ ref('actor_religions') }} as religion2 on religion2.religion_code = events.actor2_religion1_code
left join {{ ref('actor_ethnic_groups') }} as ethnic1 on ethnic1.ethnic_code = events.actor1_ethnic_code
left join {{ ref('actor_ethnic_groups') }} as ethnic2 on ethnic2.ethnic_code = events.actor2_ethnic_code
