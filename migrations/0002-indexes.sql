-- One index for each kind of question that is asked of the mart, with what it answers. Those on words
-- cost more than all others together (docs/performance.md).

create index events_place on silver.events (action_geo_country_code, event_date);
comment on index silver.events_place is
  'What happened in a country, on a day or between two: action_geo_country_code = ''FR'' and event_date between …';

create index events_actor1_code on silver.events (actor1_code, event_date);
comment on index silver.events_actor1_code is
  'What an actor or a kind of actor did: actor1_code = ''USAGOV''.';

create index events_actor2_code on silver.events (actor2_code, event_date);
comment on index silver.events_actor2_code is
  'What was done to an actor or a kind of actor: actor2_code = ''USAGOV''.';

create index events_actor1_name on silver.events (actor1_name);
comment on index silver.events_actor1_name is
  'What somebody did, by name: actor1_name = ''FRANCE''.';

create index events_actor2_name on silver.events (actor2_name);
comment on index silver.events_actor2_name is
  'What was done to somebody, by name: actor2_name = ''FRANCE''.';

create index events_themes on silver.events using gin (themes);
comment on index silver.events_themes is
  'Events with a theme, with all of several or one of several: themes @> ''{TAX_DISEASE}'', themes && ''{KILL,ARREST}''.';

create index events_sentence on silver.events using gin (to_tsvector('english', sentence));
comment on index silver.events_sentence is
  'Events by words of the sentence: to_tsvector(''english'', sentence) @@ websearch_to_tsquery(''english'', ''france germany consult'').';

create index mentions_event on silver.mentions (global_event_id);
comment on index silver.mentions_event is
  'The mentions of an event: global_event_id = 410412994.';
