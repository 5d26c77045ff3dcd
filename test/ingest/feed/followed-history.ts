import type { FeedEvent } from "../../../src/ingest/feed/feed-event.ts";
import { FeedFollower, type FollowerOptions } from "../../../src/ingest/feed/feed-follower.ts";
import { SLICES_TOPIC, type SliceEntry } from "../../../src/ingest/slice-entry.ts";
import type { Random } from "../../../src/ingest/slice-generator/random.ts";
import { SlicePublisher } from "../../../src/ingest/slice-publisher.ts";
import { RetriableError } from "../../../src/record/errors.ts";
import type { Log } from "../../../src/runtime/ports.ts";
import type { MemoryLog } from "../../../src/sources/memory-log.ts";
import { type Crash, CrashingLog } from "../crashing-log.ts";
import { forwarding, newLog } from "../published.ts";
import { type FeedHistory, InventedFeed } from "./invented-feed.ts";
import { VirtualTime } from "./virtual-time.ts";

export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const POLL_MS = 60_000;
export const LOOK_MS = 15 * MINUTE_MS;
export const MISSING_AFTER_MS = 30 * MINUTE_MS;

/** How a process ends: it dies at a call to the log, or is stopped at some time. */
export interface Life {
  readonly untilMs: number;
  readonly crash: Crash;
}

/** An entry, and when it was written. */
export interface TimedEntry {
  readonly entry: SliceEntry;
  readonly atMs: number;
}

export interface Followed {
  readonly log: MemoryLog;
  readonly entries: readonly TimedEntry[];
  /** Of each life. */
  readonly feeds: readonly InventedFeed[];
  readonly events: readonly { readonly event: FeedEvent; readonly atMs: number }[];
}

/** Follows an invented feed, process after process, in a time of its own. */
export async function followHistory(
  history: FeedHistory,
  lives: readonly Life[],
  random: Random,
  options: {
    readonly feeds: readonly string[];
    readonly retentionMs: number;
    readonly fromMs?: number;
    readonly toMs?: number;
    /** A log that has slices already. */
    readonly log?: MemoryLog;
  },
): Promise<Followed> {
  const time = new VirtualTime(history.startMs);
  const log = options.log ?? (await newLog());
  const entries: TimedEntry[] = [];
  const feeds: InventedFeed[] = [];
  const events: { event: FeedEvent; atMs: number }[] = [];
  const { retentionMs } = options;
  for (const { untilMs, crash } of lives) {
    const feed = new InventedFeed(history, time, random);
    feeds.push(feed);
    const dying = new CrashingLog(watched(log, entries, time), crash);
    const publishing = { application: "test", partitions: 2, feeds: options.feeds, retentionMs };
    const follower = new FeedFollower({
      feed,
      openPublisher: () => SlicePublisher.open(dying, publishing),
      rules: {
        feeds: options.feeds,
        toMs: options.toMs ?? null,
        retentionMs,
        missingAfterMs: MISSING_AFTER_MS,
        lookEveryMs: LOOK_MS,
        rejectionsMax: 4,
      },
      fromMs: options.fromMs ?? null,
      pollMs: POLL_MS,
      parallel: 4,
      aheadBytesMax: 100_000,
      retry: { firstMs: 1000, longestMs: 5 * MINUTE_MS },
      clock: time,
      random: () => random.next(),
      sleep: time.sleep,
      onEvent: (event) => events.push({ event, atMs: time.nowMs() }),
    } satisfies FollowerOptions);
    const stop = new AbortController();
    const stopping = time.sleep(untilMs - time.nowMs(), stop.signal).then(() => stop.abort());
    const running = follower.run(stop.signal).catch((error) => {
      const isDead = error instanceof RetriableError && dying.calls > crash.call;
      if (!isDead) throw error;
    });
    await time.run(running.finally(() => stop.abort()));
    await stopping;
    // A life that ends early leaves the time until the next one.
    await time.run(time.sleep(untilMs - time.nowMs()));
  }
  return { log, entries, feeds, events };
}

/** Notes when entries are committed. */
function watched(log: Log, entries: TimedEntry[], time: VirtualTime): Log {
  return {
    ...forwarding(log),
    producer: async (id) => {
      const producer = await log.producer(id);
      let sent: SliceEntry[] = [];
      return {
        send: (records) => {
          if (records.topic === SLICES_TOPIC) {
            sent.push(JSON.parse(Buffer.from(records.bytes).toString()));
          }
          return producer.send(records);
        },
        sendOffsets: (...offsets) => producer.sendOffsets(...offsets),
        commit: async () => {
          await producer.commit();
          entries.push(...sent.map((entry) => ({ entry, atMs: time.nowMs() })));
          sent = [];
        },
        abort: () => {
          sent = [];
          return producer.abort();
        },
      };
    },
  };
}
