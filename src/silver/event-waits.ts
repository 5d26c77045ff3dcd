/**
 * How long an event may have waited until it was complete, in stream time: up to so many seconds. The
 * last one is more than any retention that makes sense, and takes all that is above it.
 */
const BOUNDS = [
  ...[0, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 345_600, 691_200],
  2_764_800,
];

/** Counters of events that became complete, by how long they had waited. */
export const WAITS: readonly { readonly counter: string; readonly seconds: number }[] = BOUNDS.map(
  (seconds) => ({ counter: `waited.${seconds}`, seconds }),
);

/** The counter of an event that has waited so long. */
export const waitCounter = (waitedMs: number): string =>
  (WAITS.find(({ seconds }) => waitedMs <= seconds * 1000) ?? WAITS.at(-1)!).counter;
