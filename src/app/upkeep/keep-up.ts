import { setTimeout as sleep } from "node:timers/promises";
import type { Random } from "../../ingest/slice-generator/random.ts";

export interface Turns {
  /** Does not throw: what fails is the next turn's to do again. */
  readonly turn: (stop: AbortSignal) => Promise<void>;
  /** From the end of a turn to the next one. */
  readonly intervalMs: number;
  readonly random: Random;
  /** Until the time has passed, or the signal. */
  readonly wait: (ms: number, stop: AbortSignal) => Promise<void>;
}

/**
 * Takes turns until `stop`. The first comes some time within the interval: not while everything is
 * being opened, nor at the same moment in all applications of a house.
 */
export async function keepUp(
  { turn, intervalMs, random, wait }: Turns,
  stop: AbortSignal,
): Promise<void> {
  await wait(random.next() * intervalMs, stop);
  while (!stop.aborted) {
    await turn(stop);
    await wait(intervalMs, stop);
  }
}

export const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  sleep(ms, undefined, { signal }).catch(() => {});
