/**
 * What is asked of the schema gold. Parameters are always the first and the last news day, the country and
 * the theme, the last two null if none is asked for; a statement has a limit where its rows have none by nature.
 */

export const LATEST_RUN = `select run_id, to_json(finished_at at time zone 'UTC') #>> '{}', slices_closed
  from ops.gold_runs where status = 'COMPLETE' order by run_id desc limit 1`;

export const KNOWN_DAYS = `select min(news_date)::text, max(news_date)::text from gold.gold_daily_quality`;

/** Sums and means over days: a mean counts by how many events it is of. */
const NEWS = `sum(event_count), sum(verbal_cooperation), sum(material_cooperation),
    sum(verbal_conflict), sum(material_conflict),
    round((sum(avg_goldstein_scale * scaled_events) / nullif(sum(scaled_events), 0))::numeric, 3),
    round((sum(avg_tone * toned_events) / nullif(sum(toned_events), 0))::numeric, 3)`;

/** Rows of the country and theme: a theme has a table of its own. */
const ROWS = `(
    select news_date, mp_action_geo_country_iso as code, event_count, verbal_cooperation,
      material_cooperation, verbal_conflict, material_conflict, scaled_events, avg_goldstein_scale,
      toned_events, avg_tone
    from gold.gold_country_news
    where news_date between $1::date and $2::date and $4::text is null
    union all
    select news_date, mp_action_geo_country_iso, event_count, verbal_cooperation,
      material_cooperation, verbal_conflict, material_conflict, scaled_events, avg_goldstein_scale,
      toned_events, avg_tone
    from gold.gold_theme_countries
    where news_date between $1::date and $2::date and theme = $4::text
  ) as rows`;

const COUNTRIES = `with names as (
    select mp_action_geo_country_iso as code, min(mp_action_geo_country_eng) as english,
      min(mp_action_geo_country_kor) as korean
    from gold.gold_country_news where news_date between $1::date and $2::date group by 1
  ), counted as (
    select code, ${NEWS} from ${ROWS} where $3::text is null or true group by code
  )
  select english, korean, counted.* from counted join names using (code) order by 4 desc, 3 limit 300`;

const DAYS = `select news_date::text, ${NEWS} from ${ROWS}
  where $3::text is null or code = $3 group by news_date order by news_date limit 92`;

const TONES = `select tone_from, sum(event_count) from gold.gold_tone_histogram
  where news_date between $1::date and $2::date
    and ($3::text is null or mp_action_geo_country_iso = $3) and ($4::text is null or true)
  group by tone_from order by tone_from`;

const ROUTES = `select mp_actor1_geo_country_iso, mp_actor2_geo_country_iso, sum(event_count),
    round((sum(avg_tone * event_count) / nullif(sum(event_count) filter (where avg_tone is not null), 0))::numeric, 3)
  from gold.gold_daily_actor_network
  where event_date between $1::date and $2::date and ($4::text is null or true)
    and ($3::text is null or $3 in (mp_actor1_geo_country_iso, mp_actor2_geo_country_iso))
  group by 1, 2 order by 3 desc, 1, 2 limit 40`;

/** Of the whole world what rises, which is known day by day; of a country what is frequent. */
const THEMES = `select * from (
    select theme, event_count, round(expected_count::numeric, 1), round(rise::numeric, 2), is_new
    from gold.gold_themes_rising
    where $3::text is null and ($4::text is null or true) and $1::date <= $2::date
      and news_date = (select max(news_date) from gold.gold_themes_rising where news_date <= $2::date)
    order by theme_rank limit 20) as rising
  union all
  select * from (
    select theme, sum(event_count), null::numeric, null::numeric, false from gold.gold_theme_countries
    where news_date between $1::date and $2::date and mp_action_geo_country_iso = $3
    group by theme order by 2 desc, 1 limit 20) as frequent`;

const STORIES = `select global_event_id, news_date::text, mp_action_geo_country_iso, left(sentence, 1000),
    mention_count, source_count, round(coalesce(mention_tone_avg, avg_tone)::numeric, 2), goldstein_scale,
    array_to_json(themes), left(lead_source_name, 200), case when length(source_url) <= 2000 then source_url end
  from gold.gold_event_story
  where news_date between $1::date and $2::date
    and ($3::text is null or mp_action_geo_country_iso = $3)
    and ($4::text is null or themes @> array[$4::text])
  order by mention_count desc, source_count desc, global_event_id limit 20`;

const SOURCES = `select dimension, left(name, 200), mentions, mentions / nullif(total, 0) from (
    select dimension, name, sum(mention_count) as mentions,
      (select sum(mention_count) from gold.gold_daily_quality
        where news_date between $1::date and $2::date) as total,
      row_number() over (partition by dimension order by sum(mention_count) desc, name) as place
    from gold.gold_source_language_mix
    where news_date between $1::date and $2::date
      and ($3::text is null or true) and ($4::text is null or true)
    group by dimension, name) as ranked
  where place <= 12 order by dimension, place`;

const QUALITY = `select coalesce(sum(event_count), 0), coalesce(sum(located_events), 0),
    coalesce(sum(complete_events), 0), coalesce(sum(themed_events), 0), coalesce(sum(mention_count), 0),
    coalesce(sum(joined_mentions), 0), coalesce(sum(mentions_with_context), 0)
  from gold.gold_daily_quality
  where news_date between $1::date and $2::date and ($3::text is null or true) and ($4::text is null or true)`;

export const STATEMENTS = {
  countries: COUNTRIES,
  days: DAYS,
  tones: TONES,
  routes: ROUTES,
  themes: THEMES,
  stories: STORIES,
  sources: SOURCES,
  quality: QUALITY,
} as const;
