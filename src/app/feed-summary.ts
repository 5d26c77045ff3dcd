import type { FeedEvent } from "../ingest/feed/feed-event.ts";

/** What a run of `gdelt-streams feed` ends with. */
export interface FeedSummary {
  /** Slices of which something was published; of them, those that had been published before. */
  readonly slices: number;
  readonly reopened: number;
  /** Published rows, by feed. */
  readonly rows: Readonly<Record<string, number>>;
  /** Files, or feeds without one, by what became of them. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Files received, and their size. */
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly peak_rss_mb: number;
  readonly interrupted: boolean;
}

/** Adds up what happens. */
export class FeedTotals {
  #slices = 0;
  #reopened = 0;
  readonly #rows: Record<string, number> = {};
  readonly #outcomes: Record<string, number> = {};
  #files = 0;
  #bytes = 0;

  add(event: FeedEvent): void {
    if (event.kind === "fetched") {
      this.#files++;
      this.#bytes += event.bytes;
    }
    if (event.kind !== "published" || event.entries.length === 0) return;
    this.#slices++;
    if (event.entries.some(({ attempt }) => attempt > 1)) this.#reopened++;
    for (const { feed, rows, outcome } of event.entries) {
      this.#rows[feed] = (this.#rows[feed] ?? 0) + rows;
      const name = outcome ?? "unchanged";
      if (name !== "unchanged") this.#outcomes[name] = (this.#outcomes[name] ?? 0) + 1;
    }
  }

  summary(seconds: number, interrupted: boolean): FeedSummary {
    return {
      slices: this.#slices,
      reopened: this.#reopened,
      rows: this.#rows,
      outcomes: this.#outcomes,
      files: this.#files,
      bytes: this.#bytes,
      seconds: Number(seconds.toFixed(3)),
      peak_rss_mb: Number((process.resourceUsage().maxRSS / 1024).toFixed(1)),
      interrupted,
    };
  }
}
