import type { FeedFile, FeedFileError } from "../sources/feed-file.ts";
import type { Absence } from "./file-outcome.ts";
import type { FeedStatus } from "./slice-entry.ts";
import type { SliceState } from "./slice-index.ts";

/** A feed's file with its rows, or with none and the reason why. */
export interface FoundFile extends FeedFile {
  /** The same for the same content. */
  readonly identity: string;
  readonly error: FeedFileError | null;
}

/** How one feed closes an attempt. */
export interface Closing {
  readonly feed: string;
  readonly status: FeedStatus;
  /** What it takes or rejects; null when it closes without. */
  readonly found: FoundFile | null;
  readonly reason: string | null;
  /** Why there is no file, where it is missing and nothing was said of that before. */
  readonly absence: Absence | null;
}

export interface AttemptPlan {
  readonly attempt: number;
  /** All feeds which have to close the attempt, also those which have. */
  readonly expected: readonly string[];
  /** Feeds not published in the slice so far, this attempt included. */
  readonly missing: readonly string[];
  readonly closings: readonly Closing[];
}

/**
 * The next attempt at a slice, or the rest of the one which is open. Every end marker of an attempt
 * names the same missing feeds. So where an attempt was interrupted after a feed had been declared
 * missing, that feed stays so, even if its file is there by now: it is for the next attempt. One that
 * is rejected has no rows, and may close the attempt.
 */
export function planAttempt(
  state: SliceState | null,
  open: boolean,
  configured: readonly string[],
  fresh: ReadonlyMap<string, FoundFile>,
  absences: ReadonlyMap<string, Absence>,
): AttemptPlan {
  const continued = open ? state : null;
  const expected = continued?.expected ?? configured;
  const closings = expected
    .filter((feed) => configured.includes(feed) && !continued?.closed.has(feed))
    .map((feed) => {
      const declaredMissing = continued?.missing.includes(feed);
      const there = fresh.get(feed) ?? null;
      const found = declaredMissing && !there?.error ? null : there;
      return close(feed, found, state, absences.get(feed) ?? null);
    });
  const published = new Set(
    closings.filter(({ status }) => status === "published").map(({ feed }) => feed),
  );
  const isPublished = (feed: string) =>
    published.has(feed) || state?.feeds.get(feed)?.status === "published";
  return {
    attempt: continued?.attempt ?? (state?.attempt ?? 0) + 1,
    expected,
    missing: configured.filter((feed) => !isPublished(feed)),
    closings,
  };
}

function close(
  feed: string,
  found: FoundFile | null,
  state: SliceState | null,
  absence: Absence | null,
): Closing {
  if (found) {
    const { error } = found;
    const status = error ? "rejected" : "published";
    return { feed, status, found, reason: error?.reason ?? null, absence: null };
  }
  const known = state?.feeds.get(feed)?.status;
  if (known === undefined || known === "missing") {
    const unknown = known === undefined ? "missing" : null;
    return { feed, status: "missing", found, reason: null, absence: absence ?? unknown };
  }
  return { feed, status: known, found, reason: "unchanged", absence: null };
}
