import { setTimeout as sleepFor } from "node:timers/promises";
import type { FeedEvent } from "../ingest/feed/feed-event.ts";
import { FeedFollower } from "../ingest/feed/feed-follower.ts";
import { FolderFeed } from "../ingest/feed/folder-feed.ts";
import { HttpClient } from "../ingest/feed/http-client.ts";
import { HttpFeed } from "../ingest/feed/http-feed.ts";
import type { SliceFeed } from "../ingest/feed/slice-feed.ts";
import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import type { FeedOptions } from "./feed-options.ts";
import { createPublishedTopics, feedsFor, openPublisher } from "./publishing.ts";

const MIB = 1024 * 1024;

/** Rows that wait for their turn, besides those of the slice that is next. */
const AHEAD_BYTES_MAX = 32 * MIB;

/** The lists of all files are read once in so many polls: every 15 minutes, as slices come. */
const POLLS_PER_LOOK = 15;
/** What fails is tried again within a second at first, and in the end once in so many polls. */
const POLLS_PER_RETRY = 5;
const FIRST_RETRY_MS = 1000;

/** The producer of a process: what is in `log` afterwards is for whoever else uses it. */
export async function openFollower(
  log: Log,
  options: FeedOptions,
  clock: Clock,
  userAgent: string,
  onEvent: (event: FeedEvent) => void,
): Promise<FeedFollower> {
  const { partitions, retentionMs, fromMs, toMs, pollMs, missingAfterMs, parallel } = options;
  const feeds = feedsFor(options.translation);
  const publishing = { feeds, partitions, retentionMs };
  await createPublishedTopics(log, publishing);
  return new FeedFollower({
    feed: feedOf(options, feeds, userAgent),
    openPublisher: () => openPublisher(log, publishing, clock),
    rules: {
      feeds,
      toMs,
      retentionMs,
      missingAfterMs,
      lookEveryMs: POLLS_PER_LOOK * pollMs,
      rejectionsMax: 4,
    },
    fromMs,
    pollMs,
    parallel,
    aheadBytesMax: AHEAD_BYTES_MAX,
    retry: { firstMs: Math.min(FIRST_RETRY_MS, pollMs), longestMs: POLLS_PER_RETRY * pollMs },
    clock,
    random: Math.random,
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal }).catch(() => {}),
    onEvent,
  });
}

function feedOf({ source }: FeedOptions, feeds: readonly string[], userAgent: string): SliceFeed {
  if (source.kind === "folder") return new FolderFeed({ folder: source.folder, feeds });
  const http = new HttpClient({ fetch, userAgent, idleMs: 30_000, wholeMs: 10 * 60_000 });
  return new HttpFeed({ baseUrl: source.baseUrl, feeds, http });
}
