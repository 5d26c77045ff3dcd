import type { TrackerState } from "./slice-tracker.ts";

/**
 * What the tasks of a sub-topology know of slices, for those that take their place; no slice is open.
 * The tasks have closed the same slices. A promise holds for all only as far as each has it.
 * `renumber`: who has closed in an input, as the new tasks will call it; several where an upstream
 * task is replaced by several.
 */
export function mergeTrackers(
  states: readonly TrackerState[],
  renumber: (closer: string) => readonly string[],
): TrackerState {
  const closed = new Map<number, readonly [number, number, readonly string[]]>();
  const promises = new Map<string, number>();
  // Silent for all, or the one for which somebody has spoken would not wait for him.
  const [first, ...others] = states;
  const silent = first!.idle.filter((closer) => others.every(({ idle }) => idle.includes(closer)));
  for (const state of states) {
    for (const [sliceMs, attempt, missing] of state.closed) {
      const before = closed.get(sliceMs);
      closed.set(sliceMs, [
        sliceMs,
        Math.max(attempt, before?.[1] ?? 0),
        before === undefined ? missing : missing.filter((feed) => before[2].includes(feed)),
      ]);
    }
    for (const [closer, promisedMs] of state.watermarks) {
      for (const name of renumber(closer)) {
        promises.set(name, Math.min(promisedMs, promises.get(name) ?? promisedMs));
      }
    }
  }
  return {
    closed: [...closed.values()],
    pending: [],
    watermarks: [...promises],
    idle: silent.flatMap(renumber),
    streamTimeMs: Math.max(...states.map((state) => state.streamTimeMs)),
    startMs: Math.min(...states.map((state) => state.startMs)),
  };
}
