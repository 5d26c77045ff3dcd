import { feedNamed } from "../../gdelt/feeds.ts";
import type { PublishedSlice } from "../../ingest/slice-publisher.ts";
import type { Clock } from "../../record/clock.ts";
import { currentGeneration, groupOf } from "../../runtime/generation.ts";
import type { Settings } from "../config/catalogue.ts";
import { s3Access } from "../config/places.ts";
import { openLog } from "../log-place.ts";
import { openObjectStore } from "../open-object-store.ts";
import { createPublishedTopics, openPublisher } from "../publishing.ts";
import { REPLAY_COMMITS, REPLAY_RETRIES } from "../replay.ts";
import { REPLAY_DEFAULTS } from "../replay-options.ts";
import { openSession } from "../session.ts";
import type { BackfillTarget } from "./backfill-options.ts";
import type { BackfillPlace } from "./backfill-place.ts";
import { GroupLag } from "./group-lag.ts";
import type { ReadSlice } from "./slices-ahead.ts";

/** Rows in the raw topics that replicas have not joined: some forty slices. */
const BEHIND_ROWS_MAX = 500_000;

/** What takes the slices of a backfill, open. */
export interface BackfillWork {
  /** Publishes a slice, after whatever it has to wait for; it may be joined later. */
  take(slice: ReadSlice, stop: AbortSignal): Promise<PublishedSlice>;
  /** Sees to it that all that was taken is in the tables, where that is done here. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Joins in this process, as `replay` does: the same folder goes on with either. */
export async function intoTables(
  { out, tables }: Extract<BackfillTarget, { kind: "tables" }>,
  { feeds, retentionMs }: BackfillPlace,
  clock: Clock,
): Promise<BackfillWork> {
  const session = await openSession(
    {
      application: null,
      folder: out,
      tables,
      checkpoints: null,
      kafka: null,
      feeds,
      partitions: REPLAY_DEFAULTS.partitions,
      retentionMs,
      bronze: false,
      mart: null,
      commit: REPLAY_COMMITS,
      retry: REPLAY_RETRIES,
    },
    clock,
  );
  return {
    take: async ({ slice, read, absences }) => {
      // The log writes this slice while the tasks work on the one before.
      const publishing = session.publisher.publish(slice, read, absences);
      publishing.catch(() => {});
      await session.thread.runToEnd();
      return await publishing;
    },
    finish: () => session.thread.runUntilIdle(),
    close: () => session.close(),
  };
}

/** Publishes for replicas, which join it, no faster than they can. */
export async function intoKafka(
  { log: place, feeds, retentionMs }: BackfillPlace,
  settings: Settings,
  clock: Clock,
): Promise<BackfillWork> {
  const log = await openLog(place, clock);
  try {
    const { "application.id": application, partitions } = settings;
    const checkpoints = await openObjectStore({
      ...s3Access(settings),
      place: settings["checkpoint.store"],
      commits: false,
    });
    const { generation } = await currentGeneration(checkpoints, application);
    const publishing = { feeds, partitions, retentionMs };
    await createPublishedTopics(log, publishing);
    const publisher = await openPublisher(log, publishing, clock);
    const lag = new GroupLag(log, {
      group: groupOf(application, generation),
      topics: [...new Set(feeds.map((feed) => feedNamed(feed).topic))],
      rowsMax: BEHIND_ROWS_MAX,
    });
    return {
      take: async ({ slice, read, absences }, stop) => {
        await lag.wait(stop);
        const published = await publisher.publish(slice, read, absences);
        lag.published(published.closed.reduce((sum, { rows }) => sum + rows, 0));
        return published;
      },
      finish: async () => {},
      close: () => log.close(),
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}
