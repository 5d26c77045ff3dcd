import { RetriableError, TaskCorruptedError, TaskMigratedError } from "../record/errors.ts";
import { Retries } from "./retries.ts";
import type { Runner } from "./runner.ts";
import type { RuntimeConfig } from "./task-config.ts";

/** What is done with a task that belongs to somebody else now, or whose state is lost. */
export type Forfeit = (runner: Runner, cause: unknown) => void;

/**
 * The tasks and tables that a thread has open. Who is busy beside the rounds (opens, commits, leaves) is not
 * entered meanwhile; who has failed for now goes back to its last commit and is left alone for a
 * while; the others go on.
 */
export class Runners {
  readonly #config: RuntimeConfig;
  readonly #retries: Retries<Runner>;
  readonly #forfeit: Forfeit | null;
  readonly #open = new Map<string, Runner>();
  readonly #busy = new Map<Runner, Promise<void>>();
  /** What something beside the rounds has failed of. */
  #failure: { readonly cause: unknown } | null = null;
  /** Since this was set somebody who is waited for has failed, or had no turn after a failure, */
  leftAlone = false;
  /** or because of what was being done beside the rounds. */
  leftBusy = false;

  /** `forfeit`: what to do when another has taken a task over; null: that is a failure like any. */
  constructor(config: RuntimeConfig, forfeit: Forfeit | null) {
    this.#config = config;
    this.#retries = new Retries(config.retry);
    this.#forfeit = forfeit;
  }

  get all(): readonly Runner[] {
    return [...this.#open.values()];
  }

  get(id: string): Runner | undefined {
    return this.#open.get(id);
  }

  add(runner: Runner): void {
    this.#open.set(runner.id, runner);
  }

  /** Closes it; what it has not committed is done again by whoever gets it next. */
  drop(runner: Runner): void {
    runner.close();
    this.#retries.forget(runner);
    this.#open.delete(runner.id);
  }

  isBusy(runner: Runner): boolean {
    return this.#busy.has(runner);
  }

  /** What is being done beside the rounds. */
  get busy(): readonly Promise<void>[] {
    return [...this.#busy.values()];
  }

  /** Does `work` while the others go on. What it throws is thrown by `mustBeWell`. */
  beside(runner: Runner, work: () => Promise<void>): void {
    const doing = work()
      .catch((cause: unknown) => {
        this.#failure ??= { cause };
      })
      .finally(() => this.#busy.delete(runner));
    this.#busy.set(runner, doing);
  }

  /** @throws what failed beside the rounds. */
  mustBeWell(): void {
    if (this.#failure !== null) throw this.#failure.cause;
  }

  /** It may have been given up since; and when something has failed for good nothing goes on. */
  isOpen(runner: Runner): boolean {
    return this.#failure === null && this.#open.get(runner.id) === runner;
  }

  /** Not left alone after a failure; a recovery that has failed is tried once more. */
  async isReady(runner: Runner): Promise<boolean> {
    if (!this.isOpen(runner)) return false;
    if (this.#busy.has(runner)) {
      this.leftBusy = true;
      return false;
    }
    if (this.isWaiting(runner)) {
      this.leftAlone ||= this.#isWaitedFor(runner);
      return false;
    }
    const trouble = this.#retries.of(runner);
    if (trouble === null || trouble.pending === null) return true;
    const { cause } = trouble.pending;
    const recovered = await this.retrying(runner, () => runner.recover(cause));
    if (recovered) trouble.pending = null;
    return recovered;
  }

  isWaiting(runner: Runner): boolean {
    return this.#retries.isWaiting(runner, this.#config.clock.nowMs());
  }

  /** Whether what it holds is what its last commit says, and what it has done since. */
  isSound(runner: Runner): boolean {
    return (this.#retries.of(runner)?.pending ?? null) === null;
  }

  /** Whether it has something that may be committed now: what has just failed is left alone. */
  isCommittable(runner: Runner): boolean {
    return this.isOpen(runner) && this.isSound(runner) && !this.isWaiting(runner) && runner.isDirty;
  }

  #isWaitedFor(runner: Runner): boolean {
    return !runner.isTable || Number.isFinite(this.#config.retry.tableAttemptsMax);
  }

  /** How long until somebody who is waited for may try again; null when nobody waits. */
  get waitMs(): number | null {
    const runners = this.all.filter((runner) => this.#isWaitedFor(runner));
    return this.#retries.waitMs(runners, this.#config.clock.nowMs());
  }

  /** Commits; what fails for now goes back to its last commit, and the work is done again. */
  async commit(runner: Runner): Promise<void> {
    const committed = await this.retrying(runner, () => runner.commit());
    if (committed) this.#retries.committed(runner);
  }

  /** It has had its turn, and found nothing: if it has also nothing to commit, what it failed of is over. */
  rested(runner: Runner): void {
    if (runner.isDirty || this.#retries.of(runner) === null) return;
    this.#retries.forget(runner);
    this.#config.onEvent?.({ kind: "task-recovered", task: runner.id });
  }

  /**
   * Whether `work` went through. If not, and it may go by itself, the runner is back at its last
   * commit, or will be when it is ready again. @throws what does not go by itself, or has not.
   */
  async retrying(runner: Runner, work: () => Promise<unknown>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (cause) {
      if (this.#isForfeit(runner, cause)) return false;
      const trouble = this.#failed(runner, cause);
      // What it had read is read again: a round in which only this happened is not the last.
      this.leftAlone ||= this.#isWaitedFor(runner);
      try {
        await runner.recover(cause);
      } catch (again) {
        if (this.#isForfeit(runner, again)) return false;
        if (!(again instanceof RetriableError)) throw again;
        trouble.pending = { cause };
      }
      return false;
    }
  }

  /**
   * A member that was silent for long learns from the log that its tasks have gone on elsewhere: it is
   * shut out, or does not find any more what it was about to read.
   */
  #isForfeit(runner: Runner, cause: unknown): boolean {
    if (this.#forfeit === null) return false;
    const isGone = cause instanceof TaskMigratedError || cause instanceof TaskCorruptedError;
    if (isGone) this.#forfeit(runner, cause);
    return isGone;
  }

  #failed(runner: Runner, cause: unknown) {
    const { clock, retry, onEvent } = this.#config;
    onEvent?.({ kind: "commit-failed", task: runner.id, cause, sliceMs: runner.sliceMs });
    const trouble = this.#retries.failed(runner, clock.nowMs());
    const attemptsMax = runner.isTable ? retry.tableAttemptsMax : retry.taskAttemptsMax;
    // Only the world's errors may go away by themselves; anything else is a bug.
    if (trouble.failures >= attemptsMax || !(cause instanceof RetriableError)) throw cause;
    return trouble;
  }
}
