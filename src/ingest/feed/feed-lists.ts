import type { Clock } from "../../record/clock.ts";
import type { FeedEvent } from "./feed-event.ts";
import type { ListedFile } from "./listed-file.ts";
import { retryDelayMs } from "./retry.ts";
import type { ListTimes } from "./situation.ts";
import { FeedTrouble, type Listing, type ListQuery, type SliceFeed } from "./slice-feed.ts";

export interface FeedListsOptions {
  readonly feed: SliceFeed;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pollMs: number;
  readonly lookEveryMs: number;
  /** Failures in a row after which it is given up. */
  readonly failuresMax: number;
  readonly onEvent: (event: FeedEvent) => void;
  /** The server asks to be left alone until then. */
  readonly onQuiet: (untilMs: number) => void;
}

/** Reads the lists of a feed, and knows when they were read; after a failure not before a while. */
export class FeedLists {
  readonly #options: FeedListsOptions;
  readonly #failures = { poll: 0, look: 0 };
  #times: ListTimes = {
    polledMs: Number.NEGATIVE_INFINITY,
    pollDueMs: Number.NEGATIVE_INFINITY,
    lookedMs: Number.NEGATIVE_INFINITY,
    lookedToMs: Number.NEGATIVE_INFINITY,
    lookDueMs: Number.NEGATIVE_INFINITY,
    nextAfterLookMs: Number.POSITIVE_INFINITY,
  };

  constructor(options: FeedListsOptions) {
    this.#options = options;
  }

  get times(): ListTimes {
    return this.#times;
  }

  /** What is new in the lists of the newest files; null when they could not be read. */
  poll(stop: AbortSignal): Promise<readonly ListedFile[] | null> {
    const { feed, clock, pollMs } = this.#options;
    return this.#reading("poll", stop, async () => {
      const files = await feed.newest(stop);
      const polledMs = clock.nowMs();
      this.#times = { ...this.#times, polledMs, pollDueMs: polledMs + pollMs };
      return files;
    });
  }

  /** What the lists of all files have of a range; null when they could not be read. */
  look(query: ListQuery, stop: AbortSignal): Promise<Listing | null> {
    const { feed, clock } = this.#options;
    return this.#reading("look", stop, async () => {
      const listing = await feed.list(query, stop);
      const nextAfterLookMs = listing.nextMs ?? Number.POSITIVE_INFINITY;
      const looked = { lookedMs: clock.nowMs(), lookedToMs: query.toMs, nextAfterLookMs };
      this.#times = { ...this.#times, ...looked };
      return listing;
    });
  }

  async #reading<T>(
    what: "poll" | "look",
    stop: AbortSignal,
    read: () => Promise<T>,
  ): Promise<T | null> {
    try {
      const found = await read();
      this.#failures[what] = 0;
      return found;
    } catch (error) {
      if (!(error instanceof FeedTrouble)) throw error;
      const failures = ++this.#failures[what];
      if (failures >= this.#options.failuresMax) throw error;
      if (!stop.aborted) this.#postpone(what, failures, error);
      return null;
    }
  }

  #postpone(what: "poll" | "look", failures: number, error: FeedTrouble): void {
    const { clock, random, pollMs, lookEveryMs, onEvent, onQuiet } = this.#options;
    const policy = { firstMs: pollMs, longestMs: Math.max(pollMs, lookEveryMs) };
    const retryMs = Math.max(pollMs, retryDelayMs(policy, failures, random, error.retryAfterMs));
    const dueMs = clock.nowMs() + retryMs;
    this.#times = { ...this.#times, [`${what}DueMs`]: dueMs };
    if (error.retryAfterMs !== null) onQuiet(dueMs);
    onEvent({ kind: "feed_trouble", problem: error.message, failures, retryMs });
  }
}
