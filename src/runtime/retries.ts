import type { RetryPolicy } from "./task-config.ts";

interface Trouble {
  /** In a row, since the last commit that went through, or since there was nothing to do. */
  failures: number;
  /** Left alone until then. */
  untilMs: number;
  /** What a recovery that failed too has still to undo; null: it is recovered. */
  pending: { readonly cause: unknown } | null;
}

/** Who has failed, how often in a row, and when each may try again. */
export class Retries<Runner extends object> {
  private readonly policy: RetryPolicy;
  private readonly troubles = new Map<Runner, Trouble>();

  constructor(policy: RetryPolicy) {
    this.policy = policy;
  }

  /** Counts a failure; after each the wait doubles. */
  failed(runner: Runner, nowMs: number): Trouble {
    const { waitMs, waitMsMax } = this.policy;
    const failures = (this.troubles.get(runner)?.failures ?? 0) + 1;
    const untilMs = nowMs + Math.min(waitMsMax, waitMs * 2 ** (failures - 1));
    const trouble = { failures, untilMs, pending: null };
    this.troubles.set(runner, trouble);
    return trouble;
  }

  committed(runner: Runner): void {
    this.troubles.delete(runner);
  }

  /** It is not run any more, or has nothing to do again. */
  forget(runner: Runner): void {
    this.troubles.delete(runner);
  }

  isWaiting(runner: Runner, nowMs: number): boolean {
    return nowMs < (this.troubles.get(runner)?.untilMs ?? Number.NEGATIVE_INFINITY);
  }

  of(runner: Runner): Trouble | null {
    return this.troubles.get(runner) ?? null;
  }

  /** How long until the first of them may try again; null when none of them waits. */
  waitMs(runners: readonly Runner[], nowMs: number): number | null {
    const waiting = runners.filter((runner) => this.isWaiting(runner, nowMs));
    if (waiting.length === 0) return null;
    return Math.min(...waiting.map((runner) => this.troubles.get(runner)!.untilMs)) - nowMs;
  }
}
