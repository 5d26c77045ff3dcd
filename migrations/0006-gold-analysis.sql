-- Gold for the analysis page: what a news day tells of a country, in which tones, of which themes, and how much of
-- the day that is. And the lifecycle of an event goes on: ops.lifecycle says when it was in Gold.

create table gold.gold_country_news (
  news_date date not null,
  mp_action_geo_country_iso text not null,
  mp_action_geo_country_eng text not null,
  mp_action_geo_country_kor text not null,
  event_count bigint not null,
  joined_mentions bigint not null,
  verbal_cooperation bigint not null,
  material_cooperation bigint not null,
  verbal_conflict bigint not null,
  material_conflict bigint not null,
  scaled_events bigint not null,
  avg_goldstein_scale double precision,
  toned_events bigint not null,
  avg_tone double precision,
  processed_at timestamptz,
  primary key (news_date, mp_action_geo_country_iso)
);
comment on table gold.gold_country_news is 'What a news day tells of a country: how much, of which kind, in which tone.';
comment on column gold.gold_country_news.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_country_news.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_country_news.mp_action_geo_country_eng is 'Its name in English.';
comment on column gold.gold_country_news.mp_action_geo_country_kor is 'Its name in Korean.';
comment on column gold.gold_country_news.event_count is 'Events.';
comment on column gold.gold_country_news.joined_mentions is 'Mentions joined to the events so far, later slices included.';
comment on column gold.gold_country_news.verbal_cooperation is 'Events of verbal cooperation (QuadClass 1).';
comment on column gold.gold_country_news.material_cooperation is 'Events of material cooperation (QuadClass 2).';
comment on column gold.gold_country_news.verbal_conflict is 'Events of verbal conflict (QuadClass 3).';
comment on column gold.gold_country_news.material_conflict is 'Events of material conflict (QuadClass 4).';
comment on column gold.gold_country_news.scaled_events is 'Events whose kind has a place on Goldstein''s scale: avg_goldstein_scale is of so many.';
comment on column gold.gold_country_news.avg_goldstein_scale is 'Mean effect of the kinds of events on stability: -10 to +10; null where none has one.';
comment on column gold.gold_country_news.toned_events is 'Events whose tone is known: avg_tone is of so many.';
comment on column gold.gold_country_news.avg_tone is 'Mean tone of the articles: -100 to +100, mostly within 10; null where none is known.';
comment on column gold.gold_country_news.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_tone_histogram (
  news_date date not null,
  mp_action_geo_country_iso text not null,
  tone_from integer not null,
  event_count bigint not null,
  processed_at timestamptz,
  primary key (news_date, mp_action_geo_country_iso, tone_from)
);
comment on table gold.gold_tone_histogram is 'How many events of a news day and country have which tone, in steps of one.';
comment on column gold.gold_tone_histogram.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_tone_histogram.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_tone_histogram.tone_from is 'Tones from this one to below the next; -10 has all below too, 9 all above.';
comment on column gold.gold_tone_histogram.event_count is 'Events.';
comment on column gold.gold_tone_histogram.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_theme_countries (
  news_date date not null,
  theme text not null,
  mp_action_geo_country_iso text not null,
  theme_rank bigint not null,
  event_count bigint not null,
  verbal_cooperation bigint not null,
  material_cooperation bigint not null,
  verbal_conflict bigint not null,
  material_conflict bigint not null,
  scaled_events bigint not null,
  avg_goldstein_scale double precision,
  toned_events bigint not null,
  avg_tone double precision,
  processed_at timestamptz,
  primary key (news_date, theme, mp_action_geo_country_iso)
);
comment on table gold.gold_theme_countries is 'Where a theme is in the news, and how: the 200 most frequent themes of a news day, by country.';
comment on column gold.gold_theme_countries.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_theme_countries.theme is 'Theme, as GKG names it.';
comment on column gold.gold_theme_countries.mp_action_geo_country_iso is 'Country of the place of the event, three letters (ISO 3166-1); XKX is Kosovo, ANT the former Netherlands Antilles.';
comment on column gold.gold_theme_countries.theme_rank is 'Place of the theme within the day: by events in known countries, then by name.';
comment on column gold.gold_theme_countries.event_count is 'Events in the country that have the theme.';
comment on column gold.gold_theme_countries.verbal_cooperation is 'Events of verbal cooperation (QuadClass 1).';
comment on column gold.gold_theme_countries.material_cooperation is 'Events of material cooperation (QuadClass 2).';
comment on column gold.gold_theme_countries.verbal_conflict is 'Events of verbal conflict (QuadClass 3).';
comment on column gold.gold_theme_countries.material_conflict is 'Events of material conflict (QuadClass 4).';
comment on column gold.gold_theme_countries.scaled_events is 'Events whose kind has a place on Goldstein''s scale: avg_goldstein_scale is of so many.';
comment on column gold.gold_theme_countries.avg_goldstein_scale is 'Mean effect of the kinds of events on stability: -10 to +10; null where none has one.';
comment on column gold.gold_theme_countries.toned_events is 'Events whose tone is known: avg_tone is of so many.';
comment on column gold.gold_theme_countries.avg_tone is 'Mean tone of the articles: -100 to +100, mostly within 10; null where none is known.';
comment on column gold.gold_theme_countries.processed_at is 'When the newest of its rows was committed to Silver.';

create table gold.gold_daily_quality (
  news_date date not null,
  event_count bigint not null,
  located_events bigint not null,
  complete_events bigint not null,
  themed_events bigint not null,
  mention_count bigint not null,
  joined_mentions bigint not null,
  mentions_with_context bigint not null,
  source_count bigint not null,
  processed_at timestamptz,
  primary key (news_date)
);
comment on table gold.gold_daily_quality is 'How much of a news day the other tables can speak of.';
comment on column gold.gold_daily_quality.news_date is 'UTC day of the slices that told of it.';
comment on column gold.gold_daily_quality.event_count is 'Events.';
comment on column gold.gold_daily_quality.located_events is 'Events in a country that is known.';
comment on column gold.gold_daily_quality.complete_events is 'Events with a mention and the GKG row of its document.';
comment on column gold.gold_daily_quality.themed_events is 'Events that have themes.';
comment on column gold.gold_daily_quality.mention_count is 'Mentions, with or without their event.';
comment on column gold.gold_daily_quality.joined_mentions is 'Mentions that have found their event.';
comment on column gold.gold_daily_quality.mentions_with_context is 'Mentions whose document has a GKG row.';
comment on column gold.gold_daily_quality.source_count is 'Different sources of the mentions.';
comment on column gold.gold_daily_quality.processed_at is 'When the newest of its rows was committed to Silver.';

create index country_news_country on gold.gold_country_news (mp_action_geo_country_iso, news_date);
comment on index gold.country_news_country is
  'A country over time: mp_action_geo_country_iso = ''FRA'' and news_date between …';

create index theme_countries_theme on gold.gold_theme_countries (theme, news_date);
comment on index gold.theme_countries_theme is
  'A theme over time, and where: theme = ''TAX_DISEASE'' and news_date between …';

create index event_story_themes on gold.gold_event_story using gin (themes);
comment on index gold.event_story_themes is
  'The most reported events of a theme: themes @> ''{TAX_DISEASE}''.';

-- Who publishes Gold says of each event when it was in the marts, and when readers could see that.
comment on table ops.lifecycle is
  'One row per event and state that it has reached; never changed. Every event has WAITING first. GOLD_COMPLETE (the marts were made with its complete row, and passed their tests) and POSTGRES_COMPLETE (they are published here, equal by rows and checksums) are of Gold, which says its run as the reason.';
