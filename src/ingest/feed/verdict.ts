import { SLICE_MS } from "../../gdelt/feeds.ts";
import type { Absence, FileOutcome } from "../file-outcome.ts";
import type { ListedFile } from "./listed-file.ts";
import { neededFeeds, type Situation } from "./situation.ts";

/** What is known of a feed's file that is not here. */
export type Lack = FileOutcome | "awaited" | "unlisted";

/** Whether a slice can be published. */
export interface Verdict {
  /** Files that are here, whole or rejected, by feed. */
  readonly files: ReadonlyMap<string, ListedFile>;
  /** Feeds without a file, and why, should the slice be published so. */
  readonly absences: ReadonlyMap<string, Absence>;
  readonly lacking: ReadonlyMap<string, Lack>;
  /** When it can be, if nothing happens before; Infinity: when something happens. */
  readonly readyMs: number;
  /** The lists of all files have to be read before more can be said. */
  readonly needsLook: boolean;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * A slice is published when every feed has its file, or is known to go without:
 * - not listed, and the feed has shown something newer so long ago that the file is missing;
 * - listed and not there, for as long;
 * - out of reach, for as long since the first attempt too;
 * - not what the list says, again and again.
 * Where a server has failed for a file, a list of it must have been read since: else a server that
 * is down would empty slice after slice.
 */
export function judge(now: Situation, sliceMs: number): Verdict {
  const files = new Map<string, ListedFile>();
  const absences = new Map<string, Absence>();
  const lacking = new Map<string, Lack>();
  let readyMs = Number.NEGATIVE_INFINITY;
  let needsLook = false;
  const newerMs = newerShownMs(now, sliceMs);
  for (const feed of neededFeeds(now, sliceMs)) {
    const file = now.sightings.files(sliceMs).get(feed);
    const found = file ? judgeListed(now, file, newerMs) : judgeUnlisted(now, sliceMs, newerMs);
    readyMs = Math.max(readyMs, found.readyMs);
    if (found.isHere) files.set(feed, file!);
    if (found.absence) absences.set(feed, found.absence);
    if (found.lack) lacking.set(feed, found.lack);
    needsLook ||= found.needsLook ?? false;
  }
  return { files, absences, lacking, readyMs, needsLook };
}

/**
 * When the feed showed something newer than the slice: Infinity if it has not. The end of the range
 * that was asked for counts as something newer, a quarter of an hour after it.
 */
function newerShownMs({ published, sightings, rules }: Situation, sliceMs: number): number {
  if (sliceMs < published.newestMs) return Number.NEGATIVE_INFINITY;
  const endMs = rules.toMs === null ? NEVER : rules.toMs + SLICE_MS;
  return Math.min(sightings.newerShownMs(sliceMs), endMs);
}

interface FeedVerdict {
  readonly readyMs: number;
  readonly isHere?: boolean;
  readonly absence?: Absence;
  readonly lack?: Lack;
  readonly needsLook?: boolean;
}

function judgeListed(now: Situation, file: ListedFile, newerMs: number): FeedVerdict {
  const { rules, times } = now;
  const state = now.stateOf(file);
  const here = { isHere: true, readyMs: Number.NEGATIVE_INFINITY };
  if (state.kind === "awaited") return { lack: "awaited", readyMs: NEVER };
  if (state.kind === "whole" || (state.kind === "rejected" && state.settled)) return here;
  const { rejections, firstMs, lastMs } = state.trouble;
  const isConfirmed = times.polledMs >= lastMs;
  if (state.kind === "rejected") {
    const isHere = rejections >= rules.rejectionsMax;
    return isHere && isConfirmed ? here : { lack: state.error.reason, readyMs: NEVER };
  }
  const isOutOfReach = state.kind === "unavailable";
  const sinceMs = isOutOfReach ? Math.max(newerMs, firstMs) : newerMs;
  const missingMs = sinceMs + rules.missingAfterMs;
  const absence = isOutOfReach ? "unavailable" : "listed_404";
  return { absence, lack: absence, readyMs: isConfirmed ? missingMs : NEVER };
}

function judgeUnlisted(now: Situation, sliceMs: number, newerMs: number): FeedVerdict {
  const { nowMs, rules, times } = now;
  const missingMs = newerMs + rules.missingAfterMs;
  const isMissing = missingMs <= nowMs;
  const hasLookedSince = (ms: number) => times.lookedMs >= ms && sliceMs <= times.lookedToMs;
  const neverLooked = times.lookedMs === Number.NEGATIVE_INFINITY;
  // At once when there is a gap, and once more before it is given up.
  const needsLook =
    newerMs <= nowMs && (neverLooked || !hasLookedSince(isMissing ? missingMs : newerMs));
  const readyMs = isMissing && needsLook ? NEVER : missingMs;
  return { absence: "never_published", lack: "unlisted", readyMs, needsLook };
}
