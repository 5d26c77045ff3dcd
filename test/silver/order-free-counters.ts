import { WAITS } from "../../src/silver/event-waits.ts";

const waits: ReadonlySet<string> = new Set(WAITS.map(({ counter }) => counter));

/**
 * Whether a counter is the same in whatever order inputs are read: how long an event has waited is a
 * question of when its mentions came.
 */
export const isOrderFree = (counter: string): boolean => !waits.has(counter);
