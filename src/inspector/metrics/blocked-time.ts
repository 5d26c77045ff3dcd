/** How long tasks and tables took nothing: they committed, or were left alone after a failure. */
export class BlockedTime {
  /** Of those that have failed and not committed since: up to when that time is counted. */
  readonly #failedMs = new Map<string, number>();

  /** A commit is through that took so long; the time since the last count, ms. */
  committed(runner: string, durationMs: number, nowMs: number): number {
    const sinceMs = this.#failedMs.get(runner);
    this.#failedMs.delete(runner);
    return sinceMs === undefined ? durationMs : nowMs - sinceMs;
  }

  failed(runner: string, nowMs: number): void {
    if (!this.#failedMs.has(runner)) this.#failedMs.set(runner, nowMs);
  }

  /** Of those that are away now, the time since the last count, ms. @param isOpen others are forgotten. */
  passed(isOpen: (runner: string) => boolean, nowMs: number): ReadonlyMap<string, number> {
    const passed = new Map<string, number>();
    for (const [runner, sinceMs] of this.#failedMs) {
      if (!isOpen(runner)) {
        this.#failedMs.delete(runner);
        continue;
      }
      passed.set(runner, nowMs - sinceMs);
      this.#failedMs.set(runner, nowMs);
    }
    return passed;
  }
}
