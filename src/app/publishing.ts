import path from "node:path";
import { ENGLISH_FEEDS, feedNamed, SLICES_TOPIC, TRANSLATION_FEEDS } from "../gdelt/feeds.ts";
import { SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import { DEAD_LETTER_TOPIC, rejectedFileRecords } from "../silver/dead-letter-table.ts";

/** Names the producers, and the groups that read. */
export const APPLICATION = "gdelt-silver";

/** How long, in event time, a table may lag behind without losing rows. */
const SINK_RETENTION_MS = 14 * 24 * 3_600_000;

const SLICES = { name: SLICES_TOPIC, partitions: 1, retention: "forever" } as const;

/** How slices are published; the same for whoever reads them. */
export interface Publishing {
  /** Names of the feeds. */
  readonly feeds: readonly string[];
  readonly partitions: number;
  readonly retentionMs: number;
}

/** Where the embedded log is, below the folder of the tables. */
export const logFolder = (folder: string): string => path.join(folder, ".gdelt-streams", "log");

export const feedsFor = (translation: boolean): string[] =>
  [...ENGLISH_FEEDS, ...(translation ? TRANSLATION_FEEDS : [])].map(({ name }) => name);

/** How long topics are kept that tables or others read. */
export const sinkRetention = (retentionMs: number): number =>
  Math.max(retentionMs, SINK_RETENTION_MS);

/** Creates the topics that a publisher writes, as far as they are missing. */
export async function createPublishedTopics(
  log: Log,
  { feeds, partitions, retentionMs }: Publishing,
): Promise<void> {
  const topics = new Set(feeds.map((feed) => feedNamed(feed).topic));
  const raw = [...topics].map((name) => ({ name, partitions, retention: retentionMs }));
  const letters = { name: DEAD_LETTER_TOPIC, partitions, retention: sinkRetention(retentionMs) };
  await log.createTopics([...raw, letters, SLICES]);
}

/** The one that only we fill: with another number of partitions it would have no order. */
export const createSlicesTopic = (log: Log): Promise<void> => log.createTopics([SLICES]);

export const openPublisher = (
  log: Log,
  publishing: Publishing,
  clock: Clock,
): Promise<SlicePublisher> =>
  SlicePublisher.open(log, {
    ...publishing,
    application: APPLICATION,
    deadLetter: (file) => [
      { topic: DEAD_LETTER_TOPIC, control: null, ...rejectedFileRecords(file, clock) },
    ],
  });
