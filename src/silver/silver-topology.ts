import { SLICES_TOPIC } from "../gdelt/feeds.ts";
import type { Topology } from "../topology/topology.ts";
import { TopologyBuilder } from "../topology/topology-builder.ts";
import { type ArrowRows, arrowDeserializer, arrowSerializer } from "./arrow-rows.ts";
import { attributeMentions } from "./attribute-mentions.ts";
import { completeEvents } from "./complete-events.ts";
import { DEAD_LETTER_TOPIC, deadLetterTopic } from "./dead-letter-table.ts";
import { events, type FeedRows, gkg, mentions } from "./feed-rows.ts";
import { feedSource, SOURCE_DEFAULTS, type SourceOptions } from "./feed-source.ts";

export interface SilverOptions {
  /** Feeds that are followed; a slice closes when all of them have closed it. */
  readonly feeds: readonly string[];
  /** How the raw topics are filled. */
  readonly source: SourceOptions;
  /** Length of a slice: 15 minutes at GDELT. */
  readonly sliceMs: number;
  /** How long an event waits for its mentions, in event time. */
  readonly eventRetentionMs: number;
  /** How long a document is kept after its slice has closed. */
  readonly documentRetentionMs: number;
  /** Put what is joined into the tables of a lake. */
  readonly lake: boolean;
  /** There, keep the feeds as published too, and what has been published when. */
  readonly bronze: boolean;
  /** Feed a relational mart too. */
  readonly mart: boolean;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

export const SILVER_DEFAULTS: SilverOptions = {
  feeds: ["events", "mentions", "gkg"],
  source: SOURCE_DEFAULTS,
  sliceMs: 15 * MINUTE_MS,
  eventRetentionMs: 8 * DAY_MS,
  documentRetentionMs: 2 * 60 * MINUTE_MS,
  lake: true,
  bronze: true,
  mart: true,
};

/** Topics the topology writes, by the table that each feeds. */
export const SILVER_TOPICS = {
  events: "gdelt.silver.events",
  mentions: "gdelt.silver.mentions",
  lifecycle: "gdelt.lifecycle",
} as const;

/** Stores of the second join that questions about an event are answered from. */
export const EVENT_STORES = { chains: "event-chains", documents: "event-documents" } as const;

const KINDS = ["events", "mentions", "gkg"] as const;

const ATTRIBUTED_TOPIC = "gdelt.mentions-by-event-repartition";

/** The three feeds joined to complete records; `docs/ARCHITECTURE.md` has the drawing. */
export function silverTopology(options: SilverOptions): Topology {
  const builder = new TopologyBuilder();
  const feedsOf = (kind: string) => options.feeds.filter((feed) => feed.split(".")[0] === kind);
  const window = (name: string) =>
    builder.store({ kind: "window", name, segmentMs: options.sliceMs });
  const source = (kind: (typeof KINDS)[number], rows: FeedRows) =>
    feedSource(builder, { ...options, kind, rows, feeds: feedsOf(kind) });

  window("open-mentions");
  window("document-changes");
  window("documents");
  window("unattributed-mentions");
  const attributed = builder
    .join(
      "attribute-mentions",
      { mentions: source("mentions", mentions), gkg: source("gkg", gkg) },
      attributeMentions({
        mentions: "open-mentions",
        changes: "document-changes",
        documents: "documents",
        unattributed: "unattributed-mentions",
        topic: ATTRIBUTED_TOPIC,
        documentRetentionMs: options.documentRetentionMs,
        eventRetentionMs: options.eventRetentionMs,
        mentionFeeds: feedsOf("mentions"),
      }),
      ["open-mentions", "document-changes", "documents", "unattributed-mentions"],
    )
    .repartition<ArrowRows>("mentions-by-event", {
      topic: ATTRIBUTED_TOPIC,
      serialize: arrowSerializer,
      deserialize: arrowDeserializer,
    });

  window(EVENT_STORES.chains);
  window("event-changes");
  window(EVENT_STORES.documents);
  const completed = builder.join(
    "complete-events",
    { events: source("events", events), mentions: attributed },
    completeEvents({
      events: EVENT_STORES.chains,
      changes: "event-changes",
      documents: EVENT_STORES.documents,
      retentionMs: options.eventRetentionMs,
      eventFeeds: feedsOf("events"),
    }),
    [EVENT_STORES.chains, "event-changes", EVENT_STORES.documents],
  );
  for (const [output, topic] of Object.entries(SILVER_TOPICS)) {
    completed.output(output).to(`silver-${output}-sink`, { topic, serialize: arrowSerializer });
  }
  builder.deadLetters(deadLetterTopic);
  addTables(builder, options);
  return builder.build();
}

function addTables(builder: TopologyBuilder, { lake, bronze, mart }: SilverOptions): void {
  if (lake) {
    builder.table("silver-events-lake", SILVER_TOPICS.events);
    builder.table("silver-mentions-lake", SILVER_TOPICS.mentions);
    builder.table("lifecycle-lake", SILVER_TOPICS.lifecycle);
    builder.table("dead-letter-lake", DEAD_LETTER_TOPIC);
  }
  if (lake && bronze) {
    for (const kind of KINDS) builder.table(`bronze-${kind}-lake`, `gdelt.${kind}`);
    builder.table("bronze-slices-lake", SLICES_TOPIC);
  }
  if (mart) {
    builder.table("silver-events-mart", SILVER_TOPICS.events);
    builder.table("silver-mentions-mart", SILVER_TOPICS.mentions);
    builder.table("lifecycle-mart", SILVER_TOPICS.lifecycle);
    builder.table("dead-letter-mart", DEAD_LETTER_TOPIC);
    builder.table("slices-mart", SLICES_TOPIC);
  }
}
