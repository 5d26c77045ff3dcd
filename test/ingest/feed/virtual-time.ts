import { setImmediate as nextTurn } from "node:timers/promises";
import type { Clock } from "../../../src/record/clock.ts";

/** A clock that stands still while anything is done, and then jumps to the next sleeper's time. */
export class VirtualTime implements Clock {
  #nowMs: number;
  readonly #sleepers = new Set<{ readonly atMs: number; readonly wake: () => void }>();

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  nowMs(): number {
    return this.#nowMs;
  }

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const sleeper = {
        atMs: this.#nowMs + Math.max(0, ms),
        wake: () => {
          this.#sleepers.delete(sleeper);
          signal?.removeEventListener("abort", sleeper.wake);
          resolve();
        },
      };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", sleeper.wake);
    });

  /** Lets the time go by until the work is done; what it throws is thrown. */
  async run<T>(work: Promise<T>): Promise<T> {
    let isOver = false;
    const over = work.finally(() => {
      isOver = true;
    });
    over.catch(() => {});
    for (;;) {
      // Whoever still has something to do without a clock needs some turns for it.
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      if (isOver) return over;
      let next: { readonly atMs: number; readonly wake: () => void } | null = null;
      for (const sleeper of this.#sleepers) {
        if (next === null || sleeper.atMs < next.atMs) next = sleeper;
      }
      if (next === null) continue;
      this.#nowMs = next.atMs;
      next.wake();
    }
  }
}
