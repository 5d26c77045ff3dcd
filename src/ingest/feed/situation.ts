import { SLICE_MS } from "../../gdelt/feeds.ts";
import type { PublishedSlices } from "../slice-index.ts";
import type { FileState } from "./file-shelf.ts";
import type { ListedFile } from "./listed-file.ts";
import type { Sightings } from "./sightings.ts";

/** What a follower was told. */
export interface FeedRules {
  /** Names of the feeds that close a slice. */
  readonly feeds: readonly string[];
  /** The last slice to publish; null: for ever. */
  readonly toMs: number | null;
  /** A slice so much older than the newest cannot be joined any more. */
  readonly retentionMs: number;
  /** A file is missing so long after the feed has shown something newer. */
  readonly missingAfterMs: number;
  /** Between two looks at the lists of all files. */
  readonly lookEveryMs: number;
  /** So often a file may come and not be what its list says; then it is rejected. */
  readonly rejectionsMax: number;
}

/** When the lists were read. Times of what has not happened are -Infinity. */
export interface ListTimes {
  /** The list of the newest files: last read, and to be read next. */
  readonly polledMs: number;
  readonly pollDueMs: number;
  /** The lists of all files: last read, up to which slice; not to be read before `lookDueMs`. */
  readonly lookedMs: number;
  readonly lookedToMs: number;
  readonly lookDueMs: number;
  /** The first slice listed after those that were looked for; Infinity when there is none. */
  readonly nextAfterLookMs: number;
}

/** All that decides what a follower does next. */
export interface Situation {
  readonly nowMs: number;
  readonly rules: FeedRules;
  readonly published: PublishedSlices;
  /** The first slice neither published nor passed over; null while it is not known where to begin. */
  readonly cursorMs: number | null;
  readonly sightings: Sightings;
  readonly times: ListTimes;
  readonly stateOf: (file: ListedFile) => FileState;
}

/** How far back the lists are searched for files that turn up late; a month of lines is 1 MB. */
const REPAIR_MS_MAX = 30 * 24 * 3_600_000;
/** Slices whose files are searched for in one look: more would not fit into memory. */
const LOOK_AHEAD_MS = 10 * 24 * 3_600_000;
/** Slices fetched ahead of the one that is published next. */
const SLICES_AHEAD_MAX = 16;

/** The slice to be published next: first of all the rest of one that was interrupted. */
export const nextSlice = ({ published, cursorMs }: Situation): number | null =>
  [...published.open][0] ?? cursorMs;

/** The feeds that have to close the slice. */
export function neededFeeds({ published, rules }: Situation, sliceMs: number): readonly string[] {
  if (!published.open.has(sliceMs)) return rules.feeds;
  const { expected, closed } = published.slice(sliceMs)!;
  return rules.feeds.filter((feed) => expected.includes(feed) && !closed.has(feed));
}

/** From here on slices are published that are not: what lies before was never asked for. */
const floorMs = ({ published, cursorMs }: Situation): number =>
  Math.min(published.oldestMs, cursorMs ?? Number.POSITIVE_INFINITY);

/** Whether a file would bring something that has not been published. */
export function isWanted(now: Situation, { feed, sliceMs, checksum }: ListedFile): boolean {
  const { published, cursorMs, rules } = now;
  const isOpen = published.open.has(sliceMs);
  if (!rules.feeds.includes(feed)) return false;
  if (!isOpen && (published.isTooOld(sliceMs) || sliceMs < floorMs(now))) return false;
  const isAhead = cursorMs === null || sliceMs >= cursorMs;
  if (isAhead && rules.toMs !== null && sliceMs > rules.toMs) return false;
  return !published.hasFile(sliceMs, feed, checksum);
}

/** The slices which a look at the lists of all files is for. */
export function lookRange(now: Situation): { readonly fromMs: number; readonly toMs: number } {
  const { published, cursorMs, rules } = now;
  const backMs = Math.min(rules.retentionMs, REPAIR_MS_MAX);
  const newestMs = Number.isFinite(published.newestMs) ? published.newestMs : cursorMs!;
  const fromMs = Math.max(floorMs(now), newestMs - backMs);
  return {
    fromMs: Math.min(fromMs, nextSlice(now)!),
    toMs: Math.max(cursorMs!, newestMs) + LOOK_AHEAD_MS,
  };
}

/** What is worth fetching now. */
export function filesToFetch(now: Situation): {
  readonly next: readonly ListedFile[];
  readonly repairs: readonly ListedFile[];
  readonly ahead: readonly ListedFile[];
} {
  const { sightings, cursorMs } = now;
  const nextMs = nextSlice(now);
  if (nextMs === null || cursorMs === null) return { next: [], repairs: [], ahead: [] };
  const needed = neededFeeds(now, nextMs);
  const filesOf = (slices: readonly number[]) =>
    slices.flatMap((sliceMs) => [...sightings.files(sliceMs).values()]);
  const others = sightings.slices.filter((sliceMs) => sliceMs !== nextMs);
  const ahead = others.filter((sliceMs) => sliceMs >= cursorMs);
  return {
    next: filesOf([nextMs]).filter(({ feed }) => needed.includes(feed)),
    repairs: filesOf(others.filter((sliceMs) => sliceMs < cursorMs)),
    ahead: filesOf(ahead.slice(0, SLICES_AHEAD_MAX)),
  };
}

/** The first slice from `fromMs` on of which nothing has been published. */
export function firstUnpublished(published: PublishedSlices, fromMs: number): number {
  let sliceMs = fromMs;
  while (published.publishedFeeds(sliceMs) !== null) sliceMs += SLICE_MS;
  return sliceMs;
}
