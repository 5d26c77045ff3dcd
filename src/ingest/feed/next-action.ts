import { SLICE_MS } from "../../gdelt/feeds.ts";
import type { Absence } from "../file-outcome.ts";
import type { ListedFile } from "./listed-file.ts";
import { nextSlice, type Situation } from "./situation.ts";
import { judge, type Lack, type Verdict } from "./verdict.ts";

export type Action =
  /** Read the list of the newest files. */
  | { readonly kind: "poll" }
  /** Read the lists of all files. */
  | { readonly kind: "look" }
  | {
      readonly kind: "publish";
      readonly sliceMs: number;
      readonly files: ReadonlyMap<string, ListedFile>;
      readonly absences: ReadonlyMap<string, Absence>;
    }
  /** Go on with a later slice: there is nothing in between, for longer than anything is joined. */
  | { readonly kind: "skip"; readonly toMs: number }
  /** Until that time, or until a file has come. */
  | { readonly kind: "wait"; readonly untilMs: number; readonly lacking: ReadonlyMap<string, Lack> }
  /** The range that was asked for is published. */
  | { readonly kind: "done" };

/**
 * What a follower does next. All it knows is in the situation, so this can be tried out with any:
 * slices are published in time order, each when it is complete or its files are missing, and those
 * that are re-opened in between.
 */
export function nextAction(now: Situation): Action {
  const { nowMs, rules, times, published, cursorMs } = now;
  if (nowMs >= times.pollDueMs) return { kind: "poll" };
  const sliceMs = nextSlice(now);
  const nothing = new Map();
  if (sliceMs === null || cursorMs === null) {
    if (sliceMs === null && isPast(now)) return { kind: "done" };
    return { kind: "wait", untilMs: times.pollDueMs, lacking: nothing };
  }
  const isInterrupted = published.open.size > 0;
  const isOver = !isInterrupted && rules.toMs !== null && sliceMs > rules.toMs;
  const verdict = isOver ? null : judge(now, sliceMs);
  if (isLookDue(now, verdict)) return { kind: "look" };
  // The publisher would close what was interrupted before it opens another.
  const repair = isInterrupted ? null : readyRepair(now);
  if (repair !== null && repair !== "awaited") return repair;
  if (verdict === null) {
    // Whoever runs a range again wants what has come late.
    const hasLooked = times.lookedMs > Number.NEGATIVE_INFINITY;
    if (repair === null && (hasLooked || !hasPublished(now))) return { kind: "done" };
  } else if (verdict.readyMs <= nowMs) {
    const toMs = isInterrupted ? sliceMs : endOfHole(now, sliceMs, verdict);
    if (toMs - sliceMs > rules.retentionMs) return { kind: "skip", toMs };
    const { files, absences } = verdict;
    return { kind: "publish", sliceMs, files, absences };
  }
  return { kind: "wait", untilMs: untilMs(now, verdict), lacking: verdict?.lacking ?? nothing };
}

const hasPublished = ({ published }: Situation): boolean => Number.isFinite(published.newestMs);

/** Whether the range is over, and nothing was ever there. */
const isPast = ({ rules, times }: Situation): boolean =>
  rules.toMs !== null && times.polledMs >= rules.toMs + SLICE_MS + rules.missingAfterMs;

function isLookDue(now: Situation, verdict: Verdict | null): boolean {
  const { nowMs, rules, times } = now;
  if (nowMs < times.lookDueMs) return false;
  if (verdict?.needsLook) return true;
  return hasPublished(now) && nowMs >= times.lookedMs + rules.lookEveryMs;
}

/** A slice that was published without files which are here by now; `awaited`: they are on the way. */
function readyRepair(now: Situation): Action | "awaited" | null {
  const { sightings, cursorMs, stateOf } = now;
  let found: "awaited" | null = null;
  for (const sliceMs of sightings.slices.filter((ms) => ms < cursorMs!)) {
    const files = new Map<string, ListedFile>();
    let isAwaited = false;
    for (const [feed, file] of sightings.files(sliceMs)) {
      const state = stateOf(file);
      if (state.kind === "awaited") isAwaited = true;
      const isHere = state.kind === "whole" || (state.kind === "rejected" && state.settled);
      if (isHere) files.set(feed, file);
    }
    if (isAwaited) found = "awaited";
    else if (files.size > 0) {
      return { kind: "publish", sliceMs, files, absences: new Map() };
    }
  }
  return found;
}

/** Where the next listed slice is, if this one is not listed at all; else the slice itself. */
function endOfHole(now: Situation, sliceMs: number, { files, lacking }: Verdict): number {
  const { sightings, times, rules, published } = now;
  const isUnlisted = files.size === 0 && lacking.values().every((lack) => lack === "unlisted");
  if (!isUnlisted || sliceMs < published.newestMs) return sliceMs;
  const listedMs = [sightings.nextMs(sliceMs), times.nextAfterLookMs];
  const endMs = rules.toMs === null ? Number.POSITIVE_INFINITY : rules.toMs + SLICE_MS;
  return Math.min(...listedMs.filter((ms) => ms > sliceMs), endMs);
}

function untilMs(now: Situation, verdict: Verdict | null): number {
  const { nowMs, rules, times, sightings, stateOf } = now;
  const lookMs = hasPublished(now)
    ? Math.max(times.lookDueMs, times.lookedMs + rules.lookEveryMs)
    : times.lookDueMs;
  let untilMs = times.pollDueMs;
  if (lookMs > nowMs) untilMs = Math.min(untilMs, lookMs);
  if (verdict !== null && verdict.readyMs > nowMs) untilMs = Math.min(untilMs, verdict.readyMs);
  for (const sliceMs of sightings.slices) {
    for (const file of sightings.files(sliceMs).values()) {
      const state = stateOf(file);
      if (!("trouble" in state)) continue;
      const { dueMs } = state.trouble;
      if (dueMs > nowMs) untilMs = Math.min(untilMs, dueMs);
    }
  }
  return untilMs;
}
