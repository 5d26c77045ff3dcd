/** A table of Gold as it is published: `gold.<name>` on both sides. */
export interface GoldMart {
  readonly name: string;
  /** The column by whose values it is recomputed, compared and replaced. */
  readonly partition: string;
  readonly partitionType: "date" | "text";
}

const byDay = (partition: string, ...names: string[]): GoldMart[] =>
  names.map((name) => ({ name, partition, partitionType: "date" }));

/** gold/models/marts makes them, migrations/ has them in Postgres. */
export const GOLD_MARTS: readonly GoldMart[] = [
  ...byDay(
    "event_date",
    "gold_near_realtime_summary",
    "gold_daily_actor_network",
    "gold_chart_events_category",
    "gold_chart_events_count_avgtone",
    "gold_daily_rich_story",
  ),
  { name: "gold_chart_weekday_event_ratio", partition: "period", partitionType: "text" },
  ...byDay(
    "news_date",
    "gold_themes_rising",
    "gold_source_language_mix",
    "gold_instability_index",
    "gold_event_story",
    "gold_country_news",
    "gold_tone_histogram",
    "gold_theme_countries",
    "gold_daily_quality",
  ),
];
