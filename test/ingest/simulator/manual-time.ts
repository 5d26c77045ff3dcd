import type { SimulatorWorld } from "../../../src/ingest/simulator/simulator.ts";

interface Waiting {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that stands still, and waits that end when the test moves it. */
export class ManualTime implements SimulatorWorld {
  nowMs: number;
  readonly clock = { nowMs: () => this.nowMs };
  #waiting: Waiting[] = [];
  #onWait: (() => void)[] = [];

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  readonly wait = (waitMs: number, stop: AbortSignal): Promise<void> =>
    new Promise((wake) => {
      if (stop.aborted) wake();
      this.#waiting.push({ dueMs: this.nowMs + waitMs, wake });
      stop.addEventListener("abort", () => wake(), { once: true });
      for (const tell of this.#onWait.splice(0)) tell();
    });

  /** Until somebody waits. */
  async idle(): Promise<void> {
    if (this.#waiting.length === 0) await new Promise<void>((tell) => this.#onWait.push(tell));
  }

  /** Lets so much time pass: who has waited long enough goes on. */
  advance(byMs: number): void {
    this.nowMs += byMs;
    const due = this.#waiting.filter(({ dueMs }) => dueMs <= this.nowMs);
    this.#waiting = this.#waiting.filter((each) => !due.includes(each));
    for (const { wake } of due) wake();
  }
}
