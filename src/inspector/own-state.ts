import type { Clock } from "../record/clock.ts";
import type { Inspected } from "./inspected.ts";
import { PositionRates } from "./position-rates.ts";
import { type StateView, stateView } from "./state-view.ts";

/** How a process stands, whenever it is asked; `url`: where it can be reached. */
export function ownState(
  inspected: Inspected,
  clock: Clock,
  url: () => string | null,
): () => Promise<StateView> {
  const rates = new PositionRates();
  return async () => {
    const threads = await inspected.threads();
    const problems = await inspected.problems(threads);
    const nowMs = clock.nowMs();
    rates.take(threads, nowMs);
    return stateView(inspected, threads, { nowMs, rates, problems, url: url() });
  };
}
