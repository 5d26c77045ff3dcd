import type { SwarmWorld } from "../swarm-world.ts";

export interface StepContext {
  readonly world: SwarmWorld;
  /** Notes a number, or a text, for the report. */
  readonly note: (name: string, value: number | string) => void;
}

/** Something done to the swarm while slices come. @throws AssertionError when it is not as it should be */
export interface Step {
  readonly name: string;
  readonly says: string;
  readonly run: (context: StepContext) => Promise<void>;
}

/** Slices that go on coming while something is done; all that have begun are there when it returns. */
export async function whileSlicesCome<T>(
  { load }: SwarmWorld,
  paceMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const publishing = load.publish(Number.POSITIVE_INFINITY, paceMs, stop.signal);
  try {
    return await work();
  } finally {
    stop.abort();
    await publishing;
  }
}
