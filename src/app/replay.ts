import { setTimeout as sleep } from "node:timers/promises";
import { parseSliceFileName } from "../gdelt/feeds.ts";
import { readAhead } from "../ingest/read-ahead.ts";
import type { PublishedSlice } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import { listSlices, readFeedFile } from "../sources/slice-archive.ts";
import { joinRates, outcomesOf, watermarkMs } from "./outcomes.ts";
import { feedsFor } from "./publishing.ts";
import type { ReplayOptions } from "./replay-options.ts";
import { type ReplaySummary, summarize } from "./replay-summary.ts";
import { openSession } from "./session.ts";

const DAY_MS = 24 * 3_600_000;
const MIB = 1024 * 1024;

/** Slices come as fast as they go: commits are for what a crash would cost, not for readers. */
export const REPLAY_COMMITS = {
  closedMs: 500,
  intervalMs: 1000,
  outputBytesMax: 64 * MIB,
  tableBytesMax: 10 * MIB,
  tableIntervalMs: 30_000,
} as const;

/** Everything is on the local disk: what does not go away within seconds is for a person. */
export const REPLAY_RETRIES = {
  taskAttemptsMax: 5,
  tableAttemptsMax: 5,
  waitMs: 100,
  waitMsMax: 5000,
  wait: (ms: number) => sleep(ms),
};

/** How far a replay has come. */
export interface ReplayProgress {
  readonly slice: string;
  readonly slicesDone: number;
  readonly slices: number;
  /** Input rows published by this run. */
  readonly rows: number;
  readonly seconds: number;
  /** Mentions with their event, of all mentions so far; null before the first. */
  readonly joinRate: number | null;
  readonly watermarkMs: number;
}

/**
 * Replays a folder of slices in time order through the log and the Silver topology, into
 * Delta tables. Slices that an earlier run with the same `out` has published are not published
 * again. `stop` ends it after the slice at hand; what has been committed stands.
 */
export async function replay(
  options: ReplayOptions,
  clock: Clock,
  onProgress: (progress: ReplayProgress) => void,
  stop: AbortSignal,
): Promise<ReplaySummary> {
  const listing = await listSlices(options.slices, parseSliceFileName);
  const session = await openSession(
    {
      application: null,
      folder: options.out,
      tables: options.tables,
      checkpoints: options.checkpoints,
      kafka: options.kafka && { brokers: options.kafka },
      feeds: feedsFor(options.translation),
      partitions: options.partitions,
      retentionMs: options.retentionDays * DAY_MS,
      bronze: options.bronze,
      mart: options.mart,
      commit: REPLAY_COMMITS,
      retry: REPLAY_RETRIES,
    },
    clock,
  );
  const startedMs = clock.nowMs();
  const published: PublishedSlice[] = [];
  let rows = 0;
  try {
    for await (const { slice, read } of readAhead(listing.slices, readFeedFile)) {
      if (stop.aborted) break;
      // The log writes this slice while the tasks work on the one before.
      const publishing = session.publisher.publish(slice, read);
      publishing.catch(() => {});
      await session.thread.runToEnd();
      const result = await publishing;
      published.push(result);
      for (const entry of result.closed) rows += entry.rows;
      onProgress({
        slice: slice.stamp,
        slicesDone: published.length,
        slices: listing.slices.length,
        rows,
        seconds: (clock.nowMs() - startedMs) / 1000,
        joinRate: joinRates(outcomesOf(session.thread)).joined,
        watermarkMs: watermarkMs(session.thread),
      });
    }
    if (options.close && !stop.aborted) await session.publisher.endOfStream();
    await session.thread.runUntilIdle();
    const seconds = (clock.nowMs() - startedMs) / 1000;
    return summarize({ session, listing, published, seconds, rows, interrupted: stop.aborted });
  } finally {
    await session.close();
  }
}
