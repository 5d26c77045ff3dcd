import type { Clock } from "../record/clock.ts";

/** The only place where the time is asked for: everybody else is handed a clock. */
export const machineClock: Clock = { nowMs: () => Date.now() };
