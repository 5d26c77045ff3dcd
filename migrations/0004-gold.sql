-- Gold: the marts that dbt makes of Silver (gold/), as `gdelt-streams gold run` publishes them, and what
-- became of its runs. The columns of a mart are those of its model (gold/models/marts/_marts.yml), and so
-- are the comments; a test holds them against each other.

create schema gold;
comment on schema gold is
  'Answers: what Silver adds up to by day, country, category, theme and source. All tables are of the same run.';

create table ops.gold_runs (
  run_id bigint generated always as identity primary key,
  status text not null,
  started_at timestamptz not null default now(),
  finished_at timestamptz,
  lake text not null,
  events_version bigint not null,
  mentions_version bigint not null,
  slices_closed bigint not null,
  days_changed integer not null,
  project text not null,
  stage_seconds double precision,
  build_seconds double precision,
  publish_seconds double precision,
  partitions_written integer,
  rows_written bigint,
  table_rows jsonb,
  message text
);
comment on table ops.gold_runs is 'Runs of Gold: what each has read, done, and how long it took.';
comment on column ops.gold_runs.run_id is 'Number of the run.';
comment on column ops.gold_runs.status is 'RUNNING; COMPLETE: published; FAILED: nothing was published, message says why; DIED: it never ended.';
comment on column ops.gold_runs.started_at is 'When it began.';
comment on column ops.gold_runs.finished_at is 'When it ended; of one that died, when that was noticed.';
comment on column ops.gold_runs.lake is 'Id of the table silver/events in the lake.';
comment on column ops.gold_runs.events_version is 'Version of silver/events that it has read.';
comment on column ops.gold_runs.mentions_version is 'Version of silver/mentions that it has read.';
comment on column ops.gold_runs.slices_closed is 'Slices that both tables had whole.';
comment on column ops.gold_runs.days_changed is 'Days of slices that it has read anew.';
comment on column ops.gold_runs.project is 'Hash of the models.';
comment on column ops.gold_runs.stage_seconds is 'Seconds for finding what has changed, and receiving it from a bucket.';
comment on column ops.gold_runs.build_seconds is 'Seconds of dbt: models and tests.';
comment on column ops.gold_runs.publish_seconds is 'Seconds of the transaction that published.';
comment on column ops.gold_runs.partitions_written is 'Partitions of tables that were replaced or dropped.';
comment on column ops.gold_runs.rows_written is 'Rows that were written.';
comment on column ops.gold_runs.table_rows is 'Rows of each table afterwards.';
comment on column ops.gold_runs.message is 'Why it failed.';

create index gold_runs_status on ops.gold_runs (status, run_id);
comment on index ops.gold_runs_status is 'The last complete run, those that failed: status = ''COMPLETE''.';

create table ops.gold_partitions (
  table_name text not null,
  partition text not null,
  rows bigint not null,
  checksum numeric not null,
  run_id bigint not null,
  published_at timestamptz not null default now(),
  primary key (table_name, partition)
);
comment on table ops.gold_partitions is 'What the tables of Gold hold, by the partitions in which they are replaced.';
comment on column ops.gold_partitions.table_name is 'Table, in the schema gold.';
comment on column ops.gold_partitions.partition is 'Date of the event, news day, or period.';
comment on column ops.gold_partitions.rows is 'Its rows.';
comment on column ops.gold_partitions.checksum is 'Sum of the hashes of its rows; the same as of the rows in the lake''s DuckDB file.';
comment on column ops.gold_partitions.run_id is 'The run that wrote it last.';
comment on column ops.gold_partitions.published_at is 'When that was.';

create table gold.gold_near_realtime_summary (
  event_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  event_count bigint not null,
  avg_goldstein_scale double precision,
  avg_tone double precision,
  total_mentions bigint not null,
  total_sources bigint not null,
  total_articles bigint not null,
  joined_mentions bigint not null,
  count_cooperation_event bigint not null,
  count_conflict_event bigint not null,
  count_anomaly_event bigint not null,
  risk_score_daily double precision not null,
  daily_tone_summary text not null,
  processed_at timestamptz,
  primary key (event_date, mp_action_geo_country_iso)
);
comment on table gold.gold_near_realtime_summary is 'What happened in a country on a day: counts, tone, and a score of risk.';
comment on column gold.gold_near_realtime_summary.event_date is 'Day on which it took place, as the articles say: may be years before the news day.';
comment on column gold.gold_near_realtime_summary.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_near_realtime_summary.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_near_realtime_summary.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_near_realtime_summary.event_count is 'Events.';
comment on column gold.gold_near_realtime_summary.avg_goldstein_scale is 'Mean effect of the kinds of events on stability: -10 to +10; null where none has one.';
comment on column gold.gold_near_realtime_summary.avg_tone is 'Mean tone of the articles: -100 to +100, mostly within 10; null where none is known.';
comment on column gold.gold_near_realtime_summary.total_mentions is 'Mentions in the events'' own slices, as GDELT counts them.';
comment on column gold.gold_near_realtime_summary.total_sources is 'Sources in the events'' own slices, as GDELT counts them.';
comment on column gold.gold_near_realtime_summary.total_articles is 'Articles in the events'' own slices, as GDELT counts them.';
comment on column gold.gold_near_realtime_summary.joined_mentions is 'Mentions joined to the events so far, later slices included.';
comment on column gold.gold_near_realtime_summary.count_cooperation_event is 'Events of cooperation (QuadClass 1 and 2).';
comment on column gold.gold_near_realtime_summary.count_conflict_event is 'Events of conflict (QuadClass 3 and 4).';
comment on column gold.gold_near_realtime_summary.count_anomaly_event is 'Events more than two standard deviations from the mean of all events of the date, in Goldstein''s scale or in tone, either way.';
comment on column gold.gold_near_realtime_summary.risk_score_daily is '-0.5 x avg_goldstein_scale - 0.3 x avg_tone + 0.2 x ln(event_count); a mean that is not known counts as 0.';
comment on column gold.gold_near_realtime_summary.daily_tone_summary is 'The most frequent category and the tone in words: positive above 2.5, negative below -2.5.';
comment on column gold.gold_near_realtime_summary.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_daily_actor_network (
  event_date date not null,
  mp_actor1_geo_country_iso text not null,
  mp_actor1_geo_country_eng text not null,
  mp_actor1_geo_country_kor text not null,
  mp_actor2_geo_country_iso text not null,
  mp_actor2_geo_country_eng text not null,
  mp_actor2_geo_country_kor text not null,
  route_rank bigint not null,
  event_count bigint not null,
  avg_goldstein_scale double precision,
  avg_tone double precision,
  tone_category text not null,
  route_name text not null,
  location_text text not null,
  processed_at timestamptz,
  primary key (event_date, mp_actor1_geo_country_iso, mp_actor2_geo_country_iso)
);
comment on table gold.gold_daily_actor_network is 'Who acted toward whom across a border on a day: the 100 most frequent pairs of countries.';
comment on column gold.gold_daily_actor_network.event_date is 'Day on which it took place, as the articles say: may be years before the news day.';
comment on column gold.gold_daily_actor_network.mp_actor1_geo_country_iso is 'Country of the place of the first actor, who did it, three letters (ISO 3166-1).';
comment on column gold.gold_daily_actor_network.mp_actor1_geo_country_eng is 'Its name in English.';
comment on column gold.gold_daily_actor_network.mp_actor1_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_daily_actor_network.mp_actor2_geo_country_iso is 'Country of the place of the second actor, to whom it was done, three letters (ISO 3166-1).';
comment on column gold.gold_daily_actor_network.mp_actor2_geo_country_eng is 'Its name in English.';
comment on column gold.gold_daily_actor_network.mp_actor2_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_daily_actor_network.route_rank is 'Place within the day: by events, then by the codes of the countries.';
comment on column gold.gold_daily_actor_network.event_count is 'Events.';
comment on column gold.gold_daily_actor_network.avg_goldstein_scale is 'Mean effect of the kinds of events on stability: -10 to +10; null where none has one.';
comment on column gold.gold_daily_actor_network.avg_tone is 'Mean tone of the articles: -100 to +100, mostly within 10; null where none is known.';
comment on column gold.gold_daily_actor_network.tone_category is 'positive, negative or neutral: the sign of avg_tone.';
comment on column gold.gold_daily_actor_network.route_name is 'From whom to whom, with an arrow between.';
comment on column gold.gold_daily_actor_network.location_text is 'Latitude and longitude of both, the most frequent pair of places.';
comment on column gold.gold_daily_actor_network.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_chart_events_category (
  event_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  event_root_code text not null,
  mp_quad_class text not null,
  mp_event_categories text not null,
  mp_event_categories_kor text not null,
  event_count bigint not null,
  processed_at timestamptz,
  primary key (event_date, mp_action_geo_country_iso, event_root_code, mp_quad_class)
);
comment on table gold.gold_chart_events_category is 'How many events of each category a country had on a day.';
comment on column gold.gold_chart_events_category.event_date is 'Day on which it took place, as the articles say: may be years before the news day.';
comment on column gold.gold_chart_events_category.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_chart_events_category.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_chart_events_category.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_chart_events_category.event_root_code is 'Category of the event: CAMEO code, 01 to 20.';
comment on column gold.gold_chart_events_category.mp_quad_class is 'verbal or material cooperation, verbal or material conflict.';
comment on column gold.gold_chart_events_category.mp_event_categories is 'Name of the category in English.';
comment on column gold.gold_chart_events_category.mp_event_categories_kor is 'Name of the category in Korean.';
comment on column gold.gold_chart_events_category.event_count is 'Events.';
comment on column gold.gold_chart_events_category.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_chart_events_count_avgtone (
  event_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  event_count bigint not null,
  avg_tone double precision,
  processed_at timestamptz,
  primary key (event_date, mp_action_geo_country_iso)
);
comment on table gold.gold_chart_events_count_avgtone is 'How many events a country had on a day, and in which tone they were reported.';
comment on column gold.gold_chart_events_count_avgtone.event_date is 'Day on which it took place, as the articles say: may be years before the news day.';
comment on column gold.gold_chart_events_count_avgtone.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_chart_events_count_avgtone.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_chart_events_count_avgtone.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_chart_events_count_avgtone.event_count is 'Events.';
comment on column gold.gold_chart_events_count_avgtone.avg_tone is 'Mean tone of the articles: -100 to +100, mostly within 10; null where none is known.';
comment on column gold.gold_chart_events_count_avgtone.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_chart_weekday_event_ratio (
  period text not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  weekday_num integer not null,
  weekday_name text not null,
  event_count bigint not null,
  event_percentage double precision not null,
  processed_at timestamptz,
  primary key (period, mp_action_geo_country_iso, weekday_num)
);
comment on table gold.gold_chart_weekday_event_ratio is 'How the events of a country are shared out over the days of the week.';
comment on column gold.gold_chart_weekday_event_ratio.period is 'last 2 years or this month, counted back from the newest news day.';
comment on column gold.gold_chart_weekday_event_ratio.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_chart_weekday_event_ratio.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_chart_weekday_event_ratio.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_chart_weekday_event_ratio.weekday_num is 'Day of the week: 1 is Sunday.';
comment on column gold.gold_chart_weekday_event_ratio.weekday_name is 'Its name in English.';
comment on column gold.gold_chart_weekday_event_ratio.event_count is 'Events.';
comment on column gold.gold_chart_weekday_event_ratio.event_percentage is 'Share of the country''s events of the period, percent.';
comment on column gold.gold_chart_weekday_event_ratio.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_daily_rich_story (
  event_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  story_type text not null,
  global_event_id bigint not null,
  rich_story text not null,
  rich_themes text[] not null,
  goldstein_scale double precision,
  avg_tone double precision,
  event_type text,
  num_articles bigint,
  anomaly double precision not null,
  source_url text,
  processed_at timestamptz,
  primary key (event_date, mp_action_geo_country_iso, story_type)
);
comment on table gold.gold_daily_rich_story is 'The events of a country and day that stand out, in words.';
comment on column gold.gold_daily_rich_story.event_date is 'Day on which it took place, as the articles say: may be years before the news day.';
comment on column gold.gold_daily_rich_story.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_daily_rich_story.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_daily_rich_story.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_daily_rich_story.story_type is 'most influential (lowest Goldstein scale), most noticed (most articles) or most anomalous (farthest from the mean of the date; only where there is an anomaly).';
comment on column gold.gold_daily_rich_story.global_event_id is 'GDELT''s number of the event.';
comment on column gold.gold_daily_rich_story.rich_story is 'What it was, in which tone, with which themes, persons and organizations.';
comment on column gold.gold_daily_rich_story.rich_themes is 'Its first three themes.';
comment on column gold.gold_daily_rich_story.goldstein_scale is 'Effect of this kind of event on stability: -10 to +10.';
comment on column gold.gold_daily_rich_story.avg_tone is 'Tone of its articles.';
comment on column gold.gold_daily_rich_story.event_type is 'cooperation or conflict.';
comment on column gold.gold_daily_rich_story.num_articles is 'Articles in its own slice, as GDELT counts them.';
comment on column gold.gold_daily_rich_story.anomaly is 'Standard deviations from the mean of the date, the larger of Goldstein''s scale and tone.';
comment on column gold.gold_daily_rich_story.source_url is 'Address of the first article that told of it.';
comment on column gold.gold_daily_rich_story.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_themes_rising (
  news_date date not null,
  theme text not null,
  theme_rank bigint not null,
  event_count bigint not null,
  event_percentage double precision not null,
  expected_count double precision,
  rise double precision,
  is_new boolean not null,
  processed_at timestamptz,
  primary key (news_date, theme)
);
comment on table gold.gold_themes_rising is 'Themes that more of a day''s events have than the seven days before let expect: the 200 that rise most.';
comment on column gold.gold_themes_rising.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_themes_rising.theme is 'Theme, as GKG names it.';
comment on column gold.gold_themes_rising.theme_rank is 'Place within the day: by rise, then by events, then by name.';
comment on column gold.gold_themes_rising.event_count is 'Events of the day that have it; at least 5.';
comment on column gold.gold_themes_rising.event_percentage is 'Share of the day''s events that have any theme, percent.';
comment on column gold.gold_themes_rising.expected_count is 'Events it would have with the share of the seven days before; null where there is none.';
comment on column gold.gold_themes_rising.rise is '(event_count - expected_count) / sqrt(expected_count), 1 at the least below the root.';
comment on column gold.gold_themes_rising.is_new is 'Whether no event of the seven days before has it.';
comment on column gold.gold_themes_rising.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_source_language_mix (
  news_date date not null,
  dimension text not null,
  name text not null,
  name_rank bigint not null,
  mention_count bigint not null,
  document_count bigint not null,
  event_count bigint not null,
  mention_percentage double precision not null,
  avg_tone double precision,
  processed_at timestamptz,
  primary key (news_date, dimension, name)
);
comment on table gold.gold_source_language_mix is 'Whose reports a day is made of: its 100 most frequent sources, and its languages.';
comment on column gold.gold_source_language_mix.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_source_language_mix.dimension is 'source or language.';
comment on column gold.gold_source_language_mix.name is 'Domain of the source; language the document was written in, three letters (ISO 639-3).';
comment on column gold.gold_source_language_mix.name_rank is 'Place within the day: by mentions, then by name.';
comment on column gold.gold_source_language_mix.mention_count is 'Mentions, with or without their event.';
comment on column gold.gold_source_language_mix.document_count is 'Different documents.';
comment on column gold.gold_source_language_mix.event_count is 'Different events that they mention.';
comment on column gold.gold_source_language_mix.mention_percentage is 'Share of the day''s mentions, percent; of all sources, not only of those kept.';
comment on column gold.gold_source_language_mix.avg_tone is 'Mean tone of the articles: -100 to +100, mostly within 10; null where none is known.';
comment on column gold.gold_source_language_mix.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_instability_index (
  news_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  event_count bigint not null,
  conflict_percentage double precision not null,
  material_conflict_percentage double precision not null,
  mean_severity double precision not null,
  instability_index double precision not null,
  baseline_index double precision,
  index_change double precision,
  is_reliable boolean not null,
  processed_at timestamptz,
  primary key (news_date, mp_action_geo_country_iso)
);
comment on table gold.gold_instability_index is 'How much conflict the news of a day tell of in a country, beside the seven days before.';
comment on column gold.gold_instability_index.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_instability_index.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_instability_index.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_instability_index.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_instability_index.event_count is 'Events.';
comment on column gold.gold_instability_index.conflict_percentage is 'Share of events of conflict (QuadClass 3 and 4), percent.';
comment on column gold.gold_instability_index.material_conflict_percentage is 'Share of events of material conflict (QuadClass 4), percent.';
comment on column gold.gold_instability_index.mean_severity is 'Mean of how far Goldstein''s scale is below zero: 0 to 10.';
comment on column gold.gold_instability_index.instability_index is '0.4 x conflict_percentage + 0.3 x material_conflict_percentage + 3 x mean_severity: 0 to 100.';
comment on column gold.gold_instability_index.baseline_index is 'The same of the events of the seven days before; null where there is none.';
comment on column gold.gold_instability_index.index_change is 'instability_index - baseline_index.';
comment on column gold.gold_instability_index.is_reliable is 'Whether there are 30 events or more.';
comment on column gold.gold_instability_index.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_event_story (
  news_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  story_rank bigint not null,
  global_event_id bigint not null,
  event_date date,
  sentence text not null,
  event_info text,
  mp_event_categories text,
  mp_quad_class text,
  event_type text,
  actor1 text,
  actor1_role text,
  actor1_religion text,
  actor1_ethnic_group text,
  actor2 text,
  actor2_role text,
  actor2_religion text,
  actor2_ethnic_group text,
  action_geo_fullname text,
  action_geo_lat double precision,
  action_geo_long double precision,
  goldstein_scale double precision,
  avg_tone double precision,
  mention_tone_avg double precision,
  mention_count bigint not null,
  source_count bigint not null,
  document_count bigint not null,
  first_mention_time timestamptz,
  last_mention_time timestamptz,
  hours_in_the_news double precision,
  themes text[] not null,
  persons text[] not null,
  organizations text[] not null,
  lead_source_name text,
  source_url text,
  status text not null,
  processed_at timestamptz,
  primary key (news_date, mp_action_geo_country_iso, story_rank)
);
comment on table gold.gold_event_story is 'The 20 most reported events of a country and news day, each with all that is known of it.';
comment on column gold.gold_event_story.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_event_story.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_event_story.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_event_story.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_event_story.story_rank is 'Place within the day and country: by mentions, then by sources, then by id.';
comment on column gold.gold_event_story.global_event_id is 'GDELT''s number of the event.';
comment on column gold.gold_event_story.event_date is 'Day on which it took place, as the articles say.';
comment on column gold.gold_event_story.sentence is 'The event in words.';
comment on column gold.gold_event_story.event_info is 'What was done, in words.';
comment on column gold.gold_event_story.mp_event_categories is 'Category of the event.';
comment on column gold.gold_event_story.mp_quad_class is 'verbal or material cooperation, verbal or material conflict.';
comment on column gold.gold_event_story.event_type is 'cooperation or conflict.';
comment on column gold.gold_event_story.actor1 is 'Name of the first actor, else the code.';
comment on column gold.gold_event_story.actor1_role is 'Role of the first actor.';
comment on column gold.gold_event_story.actor1_religion is 'Religion of the first actor.';
comment on column gold.gold_event_story.actor1_ethnic_group is 'Ethnic group of the first actor.';
comment on column gold.gold_event_story.actor2 is 'Name of the second actor, else the code.';
comment on column gold.gold_event_story.actor2_role is 'Role of the second actor.';
comment on column gold.gold_event_story.actor2_religion is 'Religion of the second actor.';
comment on column gold.gold_event_story.actor2_ethnic_group is 'Ethnic group of the second actor.';
comment on column gold.gold_event_story.action_geo_fullname is 'Name of the place.';
comment on column gold.gold_event_story.action_geo_lat is 'Latitude, degrees.';
comment on column gold.gold_event_story.action_geo_long is 'Longitude, degrees.';
comment on column gold.gold_event_story.goldstein_scale is 'Effect of this kind of event on stability: -10 to +10.';
comment on column gold.gold_event_story.avg_tone is 'Tone of the articles of its own slice.';
comment on column gold.gold_event_story.mention_tone_avg is 'Mean tone of all its mentions'' documents.';
comment on column gold.gold_event_story.mention_count is 'Mentions joined to it so far.';
comment on column gold.gold_event_story.source_count is 'Different sources among them.';
comment on column gold.gold_event_story.document_count is 'Different documents among them whose GKG row is known.';
comment on column gold.gold_event_story.first_mention_time is 'Slice of the first mention.';
comment on column gold.gold_event_story.last_mention_time is 'Slice of the last mention so far.';
comment on column gold.gold_event_story.hours_in_the_news is 'Hours from the first to the last mention.';
comment on column gold.gold_event_story.themes is 'Its first five themes.';
comment on column gold.gold_event_story.persons is 'The first five persons.';
comment on column gold.gold_event_story.organizations is 'The first five organizations.';
comment on column gold.gold_event_story.lead_source_name is 'Source of its surest, then earliest mention.';
comment on column gold.gold_event_story.source_url is 'Address of the first article that told of it.';
comment on column gold.gold_event_story.status is 'WAITING, SILVER_COMPLETE or EXPIRED.';
comment on column gold.gold_event_story.processed_at is 'When the newest of its rows was committed to Silver.';
-- What boards ask for: a country over time, the top of a day. A day alone is served by the primary keys.

create index summary_country on gold.gold_near_realtime_summary (mp_action_geo_country_iso, event_date);
comment on index gold.summary_country is
  'A country over time: mp_action_geo_country_iso = ''FRA'' and event_date between …';

create index summary_risk on gold.gold_near_realtime_summary (event_date, risk_score_daily desc);
comment on index gold.summary_risk is
  'The countries of greatest risk on a day: event_date = … order by risk_score_daily desc limit 10.';

create index network_routes on gold.gold_daily_actor_network (mp_actor1_geo_country_iso, mp_actor2_geo_country_iso, event_date);
comment on index gold.network_routes is
  'A pair of countries over time: mp_actor1_geo_country_iso = ''USA'' and mp_actor2_geo_country_iso = ''CHN''.';

create index category_country on gold.gold_chart_events_category (mp_action_geo_country_iso, event_date);
comment on index gold.category_country is
  'The categories of a country over time: mp_action_geo_country_iso = ''FRA'' and event_date between …';

create index count_country on gold.gold_chart_events_count_avgtone (mp_action_geo_country_iso, event_date);
comment on index gold.count_country is
  'Count and tone of a country over time: mp_action_geo_country_iso = ''FRA'' and event_date between …';

create index stories_country on gold.gold_daily_rich_story (mp_action_geo_country_iso, event_date);
comment on index gold.stories_country is
  'The stories of a country over time: mp_action_geo_country_iso = ''FRA'' and event_date between …';

create index themes_theme on gold.gold_themes_rising (theme, news_date);
comment on index gold.themes_theme is
  'A theme over time: theme = ''TAX_DISEASE''.';

create index themes_rank on gold.gold_themes_rising (news_date, theme_rank);
comment on index gold.themes_rank is
  'What rises most on a day: news_date = … order by theme_rank limit 20.';

create index mix_name on gold.gold_source_language_mix (dimension, name, news_date);
comment on index gold.mix_name is
  'A source or language over time: dimension = ''language'' and name = ''fra''.';

create index instability_country on gold.gold_instability_index (mp_action_geo_country_iso, news_date);
comment on index gold.instability_country is
  'The index of a country over time: mp_action_geo_country_iso = ''FRA'' and news_date between …';

create index event_story_event on gold.gold_event_story (global_event_id);
comment on index gold.event_story_event is
  'The story of an event: global_event_id = 410412994.';

create index event_story_country on gold.gold_event_story (mp_action_geo_country_iso, news_date);
comment on index gold.event_story_country is
  'The most reported events of a country over time: mp_action_geo_country_iso = ''FRA'' and news_date between …';

-- The roles may do in gold what they may do elsewhere; who publishes is gdelt_writer too.

create or replace function ops.provide_roles() returns text[]
language plpgsql set search_path = pg_catalog, pg_temp as $$
declare
  owner name := (select nspowner::regrole::name from pg_namespace where nspname = 'ops');
  missing text[] := '{}';
  role text;
begin
  foreach role in array array['gdelt_writer', 'gdelt_reader'] loop
    begin
      if to_regrole(role) is null then
        execute format('create role %I nologin', role);
      end if;
    exception
      -- Roles are the server's: it may be making them for another database of ours just now.
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        missing := missing || role;
        continue;
    end;
    execute format('grant usage on schema silver, ops, gold to %I', role);
    execute format('grant select on all tables in schema silver, ops, gold to %I', role);
    -- Of tables and partitions that are yet to be made.
    execute format('alter default privileges for role %I in schema silver, ops, gold grant select on tables to %I', owner, role);
  end loop;
  if to_regrole('gdelt_writer') is not null then
    grant insert, update on all tables in schema silver, ops to gdelt_writer;
    revoke insert, update on ops.migrations from gdelt_writer;
    grant execute on function ops.provide_day, ops.drop_day to gdelt_writer;
    execute format('alter default privileges for role %I in schema silver, ops grant insert, update on tables to gdelt_writer', owner);
    -- Gold is replaced partition by partition.
    grant insert, delete on all tables in schema gold to gdelt_writer;
    grant delete on ops.gold_partitions to gdelt_writer;
    execute format('alter default privileges for role %I in schema gold grant insert, delete on tables to gdelt_writer', owner);
  end if;
  return missing;
end $$;

select ops.provide_roles();
