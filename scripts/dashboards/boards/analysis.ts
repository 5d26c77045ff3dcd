import { type Board, rowsOf } from "../board.ts";

const CITE = "Data: The GDELT Project, https://www.gdeltproject.org/.";

/** What one looks at: events of these slices. */
const EVENTS = "silver.events where $__timeFilter(slice)";

const QUADS =
  "case quad_class when 1 then 'verbal cooperation' when 2 then 'material cooperation' " +
  "when 3 then 'verbal conflict' when 4 then 'material conflict' else 'unknown' end";

/** Pairs of actors by the number of events between them. */
const PAIRS = `
select actor1_name as source, actor2_name as target, count(*) as events,
    avg(goldstein_scale) as goldstein
  from ${EVENTS}
    and actor1_name is not null and actor2_name is not null and actor1_name <> actor2_name
  group by 1, 2 order by events desc, 1, 2 limit 60`;

/** Themes of the range, and of one that is as long and ends where it begins. */
const THEMES = `
with bounds as (select min(slice) as first, max(slice) as last from ${EVENTS}),
halves as (select first, last, first + (last - first) / 2 as middle from bounds),
counted as (
  select theme, count(*) filter (where slice > middle) as now,
      count(*) filter (where slice <= middle) as before
    from halves, silver.events, unnest(themes) as theme
    where slice between first and last group by theme)
select theme, now, before, round((now - before) / sqrt(greatest(before, 1))::numeric, 2) as rise
  from counted order by rise desc, now desc, theme limit 20`;

const STORIES = `
select max(sentence) as sentence, max(source_url) as url, sum(mention_count) as mentions,
    max(source_count) as sources, round(avg(mention_tone_avg)::numeric, 1) as tone,
    round(avg(goldstein_scale)::numeric, 1) as goldstein, count(*) as events
  from ${EVENTS} and source_url is not null
  group by source_url order by mentions desc, sources desc, source_url limit 25`;

/** News days of Gold, which are whole days. */
const IN_RANGE = "$__timeFilter(news_date)";

/** What the world did, as its newspapers tell it. */
export const analysisBoard: Board = {
  uid: "gdelt-analysis",
  title: "GDELT: world events",
  description: `Events, tone and themes of the mart. Goldstein's scale rates the kind of an event, not the event; coverage is uneven over the world. ${CITE}`,
  source: "mart",
  from: "now-24h",
  rows: [
    {
      title: "Where",
      panels: [
        rowsOf(
          "map",
          [
            "Events by place",
            "Larger where more happened; the colour is the mean tone of the articles.",
          ],
          "none",
          [
            `select action_geo_fullname as place, action_geo_lat as latitude, action_geo_long as longitude,
    count(*) as events, avg(mention_tone_avg) as tone, avg(goldstein_scale) as goldstein
  from ${EVENTS} and action_geo_lat is not null and action_geo_long is not null
  group by 1, 2, 3 order by events desc, place limit 500`,
          ],
          { width: 16, height: 14 },
        ),
        rowsOf(
          "table",
          ["Countries", "Where it happened: events, Goldstein's scale by mentions, tone."],
          "none",
          [
            `select action_geo_country_code as country, count(*) as events,
    round((sum(goldstein_scale * mention_count) / nullif(sum(mention_count), 0))::numeric, 2) as goldstein,
    round(avg(mention_tone_avg)::numeric, 2) as tone, sum(mention_count) as mentions
  from ${EVENTS} and action_geo_country_code is not null
  group by 1 order by events desc, 1 limit 50`,
          ],
          { width: 8, height: 14 },
        ),
      ],
    },
    {
      title: "When",
      panels: [
        rowsOf("timeseries", ["Events", "Of each slice, by the kind of what was done."], "short", [
          `select slice as time, ${QUADS} as metric, count(*) as events
  from ${EVENTS} group by 1, 2 order by 1, 2`,
        ]),
        rowsOf(
          "timeseries",
          [
            "Goldstein and tone",
            "Means of each slice: the scale of what was done (-10 to 10), and how articles speak.",
          ],
          "none",
          [
            `select slice as time, avg(goldstein_scale) as goldstein, avg(mention_tone_avg) as tone
  from ${EVENTS} group by 1 order by 1`,
          ],
        ),
      ],
    },
    {
      title: "What",
      panels: [
        rowsOf(
          "pie",
          ["Cooperation and conflict", "Shares of the four classes."],
          "short",
          [
            `select ${QUADS} as class, count(*) as events from ${EVENTS} group by 1 order by 2 desc, 1`,
          ],
          { width: 6 },
        ),
        rowsOf(
          "bars",
          ["Tone", "Events by the mean tone of their mentions, in steps of two."],
          "short",
          [
            `select (2 * floor(mention_tone_avg / 2))::int::text as tone, count(*) as events
  from ${EVENTS} and mention_tone_avg is not null
  group by floor(mention_tone_avg / 2) order by floor(mention_tone_avg / 2)`,
          ],
          { width: 9 },
        ),
        rowsOf(
          "table",
          [
            "Themes on the rise",
            "The second half of the range against the first, in standard deviations of the first.",
          ],
          "none",
          [THEMES],
          { width: 9 },
        ),
      ],
    },
    {
      title: "Who",
      panels: [
        rowsOf(
          "network",
          ["Actors", "Who did something to whom: the sixty pairs with most events."],
          "short",
          [
            `with pairs as (${PAIRS}),
named as (select source as name, events from pairs union all select target, events from pairs)
select name as id, name as title, sum(events) as mainstat from named group by name order by 3 desc, 1`,
            `with pairs as (${PAIRS})
select source || ' > ' || target as id, source, target, events as mainstat,
    round(goldstein::numeric, 1) as secondarystat
  from pairs order by events desc, id`,
          ],
          { width: 14, height: 14 },
        ),
        rowsOf(
          "table",
          ["Actors, one by one", "As the one who did it; Goldstein's scale and tone are means."],
          "none",
          [
            `select actor1_name as actor, count(*) as events,
    round(avg(goldstein_scale)::numeric, 2) as goldstein, round(avg(mention_tone_avg)::numeric, 2) as tone
  from ${EVENTS} and actor1_name is not null group by 1 order by events desc, 1 limit 50`,
          ],
          { width: 10, height: 14 },
        ),
      ],
    },
    {
      title: "Stories",
      panels: [
        rowsOf(
          "table",
          [
            "Top stories",
            "Articles whose events are spoken of most; a sentence opens its article.",
          ],
          "none",
          [STORIES],
          { width: 24, height: 12, link: { column: "url", shownBy: "sentence" } },
        ),
      ],
    },
    {
      title: "Day by day, from Gold",
      panels: [
        rowsOf(
          "timeseries",
          [
            "Unrest",
            "The index of instability of the ten countries that have most events; docs/gold.md has the formula.",
          ],
          "none",
          [
            `select news_date::timestamptz as time, mp_action_geo_country_eng as metric, instability_index
  from gold.gold_instability_index where ${IN_RANGE} and mp_action_geo_country_iso in (
    select mp_action_geo_country_iso from gold.gold_country_news where ${IN_RANGE}
    group by 1 order by sum(event_count) desc, 1 limit 10)
  order by 1, 2`,
          ],
        ),
        rowsOf(
          "table",
          [
            "Risen",
            "Themes of the newest day that more is told of than the seven days before let expect.",
          ],
          "none",
          [
            `select theme, event_count as events, round(expected_count::numeric, 1) as expected,
    round(rise::numeric, 1) as rise from gold.gold_themes_rising
  where news_date = (select max(news_date) from gold.gold_themes_rising where ${IN_RANGE})
  order by theme_rank limit 20`,
          ],
        ),
        rowsOf(
          "table",
          ["Risk", "Countries by the risk of the newest dates of events that are in the range."],
          "none",
          [
            `select event_date, mp_action_geo_country_eng as country, round(risk_score_daily::numeric, 2) as risk,
    event_count as events, daily_tone_summary as summary
  from gold.gold_near_realtime_summary where $__timeFilter(event_date)
  order by event_date desc, risk_score_daily desc, 2 limit 50`,
          ],
        ),
        rowsOf(
          "table",
          ["Runs of Gold", "What each has read and published, and how long it took."],
          "none",
          [
            `select run_id as run, status, finished_at, slices_closed as slices, rows_written as rows,
    round((stage_seconds + build_seconds + publish_seconds)::numeric, 1) as seconds, left(message, 200) as message
  from ops.gold_runs order by run_id desc limit 20`,
          ],
        ),
      ],
    },
    {
      title: "How good the data are",
      panels: [
        rowsOf(
          "timeseries",
          ["Completeness", "Shares of each slice: events that are complete, mentions joined."],
          "percentunit",
          [
            `select slice as time, avg((status = 'SILVER_COMPLETE')::int) as "events complete"
  from ${EVENTS} group by 1 order by 1`,
            `select slice as time, avg(event_joined::int) as "mentions joined"
  from silver.mentions where $__timeFilter(slice) group by 1 order by 1`,
          ],
        ),
        rowsOf(
          "timeseries",
          ["States", "How many events have reached each state, by their slice."],
          "short",
          [
            `select slice as time, state as metric, count(*) as events
  from ops.lifecycle where $__timeFilter(slice) group by 1, 2 order by 1, 2`,
          ],
        ),
        rowsOf(
          "table",
          ["Slices", "What was published of the newest slices, and what was missing."],
          "none",
          [
            `select slice, feed, status, outcome, sum(rows) as rows, max(reason) as reason
  from ops.slices where $__timeFilter(slice) and feed <> ''
  group by 1, 2, 3, 4 order by slice desc, feed limit 60`,
          ],
        ),
        rowsOf("table", ["Who is read", "Sources with most mentions, and their tone."], "none", [
          `select mention_source_name as source, count(*) as mentions,
    round(avg(mention_doc_tone)::numeric, 2) as tone
  from silver.mentions where $__timeFilter(slice) group by 1 order by mentions desc, 1 limit 50`,
        ]),
      ],
    },
  ],
};
