import type { LiveStatus } from "./live-pipeline.ts";

/** What `gdelt-streams start --json` ends with, over this run; outcomes and tables are over all runs. */
export interface StartSummary
  extends Omit<LiveStatus, "newestMs" | "watermarkMs" | "rowsPerSecond" | "feed" | "rates"> {
  readonly slices: number;
  readonly reopened: number;
  /** Published rows by feed, and files by what became of them. */
  readonly rows: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<string, number>>;
  /** Time of the newest slice, and up to where all slices are joined; null before the first. */
  readonly newest_slice: string | null;
  readonly watermark: string | null;
  /** Shares of all mentions. */
  readonly joined: number | null;
  readonly with_context: number | null;
  /** From the start to the first sentence on the terminal. */
  readonly first_sentence_seconds: number | null;
  readonly peak_rss_mb: number;
  readonly interrupted: boolean;
}

export function summaryOf(
  status: LiveStatus,
  firstSentenceSeconds: number | null,
  interrupted: boolean,
): StartSummary {
  const { seconds, newestMs, feed, lag, outcomes, rates, tables } = status;
  return {
    slices: feed.slices,
    reopened: feed.reopened,
    rows: feed.rows,
    files: feed.outcomes,
    newest_slice: timeOf(newestMs),
    watermark: timeOf(status.watermarkMs),
    joined: rates.joined,
    with_context: rates.withContext,
    outcomes,
    tables,
    lag,
    first_sentence_seconds: firstSentenceSeconds,
    seconds,
    peak_rss_mb: feed.peak_rss_mb,
    interrupted,
  };
}

const timeOf = (ms: number | null): string | null =>
  ms === null || !Number.isFinite(ms) || ms >= 8.64e15 ? null : new Date(ms).toISOString();
