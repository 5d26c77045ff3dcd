import type { PublishedSlice } from "../ingest/slice-publisher.ts";
import type { SliceListing } from "../sources/slice-archive.ts";
import type { Session } from "./embedded-session.ts";

/** What a replay ends with; `--json` prints it as it is. */
export interface ReplaySummary {
  /** Slices in the folder: published now, unchanged since an earlier run, too old to be joined. */
  readonly slices: Readonly<Record<"found" | "published" | "unchanged" | "too_old", number>>;
  /** Input rows published by this run, by feed. */
  readonly rows: Readonly<Record<string, number>>;
  /** Whole output so far, this run's and that of those before it. */
  readonly events: Readonly<Record<string, number>>;
  readonly mentions: Readonly<Record<string, number>>;
  readonly gkg: Readonly<Record<string, number>>;
  readonly dropped: Readonly<Record<string, number>>;
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
  const counts = totals(session);
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
    events: group(counts, "events."),
    mentions: group(counts, "mentions."),
    gkg: group(counts, "gkg."),
    dropped: { ...group(counts, "duplicates."), dead_letters: counts["dead-letters"] ?? 0 },
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

function totals({ thread }: Session): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { counts } of thread.tasks) {
    for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
  }
  return sums;
}

/** The counters below a prefix, by the rest of their name. */
const group = (counts: Readonly<Record<string, number>>, prefix: string): Record<string, number> =>
  Object.fromEntries(
    Object.entries(counts)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, count]) => [name.slice(prefix.length).replaceAll(/[.-]/g, "_"), count])
      .sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)),
  );

const round = (value: number, digits: number): number => Number(value.toFixed(digits));
