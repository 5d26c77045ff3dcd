import type { PublishedSlice } from "../ingest/slice-publisher.ts";
import type { SliceListing } from "../sources/slice-archive.ts";
import { type Outcomes, outcomesOf } from "./outcomes.ts";
import type { Session } from "./session.ts";

/** What a replay ends with; `--json` prints it as it is. */
export interface ReplaySummary extends Outcomes {
  /** Slices in the folder: published now, unchanged since an earlier run, too old to be joined. */
  readonly slices: Readonly<Record<"found" | "published" | "unchanged" | "too_old", number>>;
  /** Input rows published by this run, by feed. */
  readonly rows: Readonly<Record<string, number>>;
  /** Rows in each table, older revisions and all. */
  readonly tables: Readonly<Record<string, number>>;
  readonly files: Readonly<Record<"ignored" | "duplicate" | "rejected" | "missing", number>>;
  readonly seconds: number;
  readonly rows_per_second: number;
  readonly peak_rss_mb: number;
  readonly interrupted: boolean;
}

export function summarize(run: {
  readonly session: Session;
  readonly listing: SliceListing;
  readonly published: readonly PublishedSlice[];
  readonly seconds: number;
  readonly rows: number;
  readonly interrupted: boolean;
}): ReplaySummary {
  const { session, listing, published, seconds, rows, interrupted } = run;
  const outcomes = outcomesOf(session.thread);
  const entries = published.flatMap((slice) => slice.closed);
  const outcome = (name: PublishedSlice["outcome"]) =>
    published.filter((slice) => slice.outcome === name).length;
  const byFeed: Record<string, number> = {};
  for (const { feed, rows: count } of entries) byFeed[feed] = (byFeed[feed] ?? 0) + count;
  const status = (name: string) => entries.filter((entry) => entry.status === name).length;
  return {
    slices: {
      found: listing.slices.length,
      published: outcome("published"),
      unchanged: outcome("unchanged"),
      too_old: outcome("too_old"),
    },
    rows: byFeed,
    ...outcomes,
    tables: session.lake.rowCounts(),
    files: {
      ignored: listing.ignored.length,
      duplicate: listing.duplicates.length,
      rejected: status("rejected"),
      missing: status("missing"),
    },
    seconds: round(seconds, 3),
    rows_per_second: seconds > 0 ? Math.round(rows / seconds) : 0,
    peak_rss_mb: round(process.resourceUsage().maxRSS / 1024, 1),
    interrupted,
  };
}

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
