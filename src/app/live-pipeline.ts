import { setTimeout as sleep } from "node:timers/promises";
import { parseStamp } from "../gdelt/feeds.ts";
import type { FeedEvent } from "../ingest/feed/feed-event.ts";
import type { FeedFollower } from "../ingest/feed/feed-follower.ts";
import type { Clock } from "../record/clock.ts";
import { type FeedSummary, FeedTotals } from "./feed-summary.ts";
import { type JoinRates, joinRates, type Outcomes, outcomesOf, watermarkMs } from "./outcomes.ts";
import type { Session } from "./session.ts";

/** How a running pipeline is doing. */
export interface LiveStatus {
  readonly seconds: number;
  /** Time of the newest slice that is published; null before the first. */
  readonly newestMs: number | null;
  /** What this run has published. */
  readonly feed: FeedSummary;
  /** Published in the last seconds. */
  readonly rowsPerSecond: number;
  /** Records that a task or a table has still to read. */
  readonly lag: number;
  readonly watermarkMs: number;
  readonly outcomes: Outcomes;
  readonly rates: JoinRates;
  /** Rows in each table, older revisions and all. */
  readonly tables: Readonly<Record<string, number>>;
}

/** How long the tasks wait before they look for new rows again. */
const IDLE_MS = 50;

/** Over how long a rate is taken. */
const RATE_MS = 10_000;

/**
 * The feed follower and the topology side by side on one log. A stop lets the follower finish the
 * slice at hand; then everything published is joined and committed.
 */
export class LivePipeline {
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #totals = new FeedTotals();
  readonly #publications: { readonly atMs: number; readonly rows: number }[] = [];
  #newestMs: number | null;

  constructor(session: Session, clock: Clock) {
    this.#session = session;
    this.#clock = clock;
    this.#startedMs = clock.nowMs();
    const { newestMs } = session.publisher.published;
    this.#newestMs = Number.isFinite(newestMs) ? newestMs : null;
  }

  /** Returns when a stop has been carried out, or the follower has come to its end. */
  async run(follower: FeedFollower, stop: AbortSignal): Promise<void> {
    const { thread } = this.#session;
    const failed = new AbortController();
    const published = new AbortController();
    const following = follower
      .run(AbortSignal.any([stop, failed.signal]))
      .finally(() => published.abort());
    const processing = thread
      .run(published.signal, () => sleep(IDLE_MS))
      .catch((error: unknown) => {
        failed.abort();
        throw error;
      });
    await Promise.all([processing, following]);
    await thread.runUntilIdle();
  }

  /** Counts what the follower tells. */
  take(event: FeedEvent): void {
    this.#totals.add(event);
    if (event.kind !== "published" || event.entries.length === 0) return;
    const rows = event.entries.reduce((sum, entry) => sum + entry.rows, 0);
    this.#newestMs = Math.max(this.#newestMs ?? Number.NEGATIVE_INFINITY, parseStamp(event.slice)!);
    this.#publications.push({ atMs: this.#clock.nowMs(), rows });
  }

  async status(): Promise<LiveStatus> {
    const { thread, lake } = this.#session;
    const outcomes = outcomesOf(thread);
    const seconds = (this.#clock.nowMs() - this.#startedMs) / 1000;
    return {
      seconds,
      newestMs: this.#newestMs,
      feed: this.#totals.summary(seconds, false),
      rowsPerSecond: this.#rowsPerSecond(),
      lag: await thread.lag(),
      watermarkMs: watermarkMs(thread),
      outcomes,
      rates: joinRates(outcomes),
      tables: lake.rowCounts(),
    };
  }

  #rowsPerSecond(): number {
    const nowMs = this.#clock.nowMs();
    const fromMs = Math.max(this.#startedMs, nowMs - RATE_MS);
    const recent = this.#publications;
    while (recent.length > 0 && recent[0]!.atMs < fromMs) recent.shift();
    const rows = recent.reduce((sum, publication) => sum + publication.rows, 0);
    return nowMs > fromMs ? (rows * 1000) / (nowMs - fromMs) : 0;
  }
}
