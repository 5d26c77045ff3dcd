import { RetriableError } from "../record/errors.ts";
import { Retries } from "./retries.ts";
import { TableTask } from "./table-task.ts";
import type { Task } from "./task.ts";
import type { RuntimeConfig } from "./task-config.ts";

type Runner = Task | TableTask;

/**
 * Runs tasks in turn: one batch each, then whoever is due commits. A task or table is never entered
 * while it is committing; beside that only waiting for disks and networks is concurrent. Who fails
 * for now goes back to its last commit and is left alone for a while; the others go on.
 */
export class StreamThread {
  private readonly config: RuntimeConfig;
  readonly tasks: readonly Task[];
  private readonly tables: readonly TableTask[];
  private readonly retries: Retries<Runner>;
  private readonly committing = new Map<TableTask, Promise<void>>();
  /** In the last round, of those who are waited for, somebody had no turn. */
  private leftAlone = false;
  /** What a commit beside the others has failed of. */
  private failure: { readonly cause: unknown } | null = null;

  constructor(config: RuntimeConfig, tasks: readonly Task[], tables: readonly TableTask[]) {
    this.config = config;
    this.tasks = tasks;
    this.tables = tables;
    this.retries = new Retries(config.retry);
  }

  async open(): Promise<void> {
    for (const task of this.tasks) await task.open();
    for (const table of this.tables) await this.retrying(table, () => table.open());
  }

  /** One round; false when whoever was not busy had nothing to read, nor to commit. */
  async runOnce(): Promise<boolean> {
    if (this.failure !== null) throw this.failure.cause;
    let progressed = false;
    this.leftAlone = false;
    const ready: Task[] = [];
    for (const task of this.tasks) {
      if (!(await this.isReady(task))) continue;
      ready.push(task);
      if (await task.step()) progressed = true;
    }
    const due = ready.filter((task) => task.wantsCommit);
    await this.commitTasks(due);
    // What one has committed may be another's input, also where nobody had anything to read.
    if (due.length > 0) progressed = true;
    for (const table of this.tables) {
      if (this.committing.has(table) || !(await this.isReady(table))) continue;
      if (await table.step()) progressed = true;
      if (table.wantsCommit) this.commitBeside(table);
    }
    return progressed;
  }

  /**
   * Runs until nothing is left to read, by tables that were committing neither: one that is left
   * behind further and further finds what it needs gone from the log.
   */
  async runToEnd(): Promise<void> {
    for (;;) {
      while (await this.runOnce());
      if (this.committing.size === 0) return;
      await Promise.race(this.committing.values());
    }
  }

  /** Not left alone after a failure; a recovery that has failed is tried once more. */
  private async isReady(runner: Runner): Promise<boolean> {
    if (this.retries.isWaiting(runner, this.config.clock.nowMs())) {
      this.leftAlone ||= this.isWaitedFor(runner);
      return false;
    }
    const trouble = this.retries.of(runner);
    if (trouble === null || trouble.pending === null) return true;
    const { cause } = trouble.pending;
    const recovered = await this.retrying(runner, () => runner.recover(cause));
    if (recovered) trouble.pending = null;
    else this.leftAlone ||= this.isWaitedFor(runner);
    return recovered;
  }

  private isWaitedFor(runner: Runner): boolean {
    return !(runner instanceof TableTask) || Number.isFinite(this.config.retry.tableAttemptsMax);
  }

  /** Tasks have nothing to do with one another: they wait for the disk together. */
  private async commitTasks(tasks: readonly Task[]): Promise<void> {
    await Promise.all(tasks.map((task) => this.commit(task)));
  }

  /** A table may take its time: the tasks go on, only the table itself is left alone. */
  private commitBeside(table: TableTask): void {
    const commit = this.commit(table)
      .catch((cause: unknown) => {
        this.failure ??= { cause };
      })
      .finally(() => this.committing.delete(table));
    this.committing.set(table, commit);
  }

  /** Commits; what fails for now goes back to its last commit, and the work is done again. */
  private async commit(runner: Runner): Promise<void> {
    const committed = await this.retrying(runner, () => runner.commit());
    if (committed) this.retries.committed(runner);
  }

  /**
   * Whether `work` went through. If not, and it may go by itself, the runner is back at its last
   * commit, or will be when it is ready again. @throws what does not go by itself, or has not.
   */
  private async retrying(runner: Runner, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (cause) {
      const trouble = this.failed(runner, cause);
      try {
        await runner.recover(cause);
      } catch (again) {
        if (!(again instanceof RetriableError)) throw again;
        trouble.pending = { cause };
      }
      return false;
    }
  }

  private failed(runner: Runner, cause: unknown) {
    const { clock, retry, onEvent } = this.config;
    onEvent?.({ kind: "commit-failed", task: runner.id, cause });
    const trouble = this.retries.failed(runner, clock.nowMs());
    const isTable = runner instanceof TableTask;
    const attemptsMax = isTable ? retry.tableAttemptsMax : retry.taskAttemptsMax;
    // Only the world's errors may go away by themselves; anything else is a bug.
    if (trouble.failures >= attemptsMax || !(cause instanceof RetriableError)) throw cause;
    return trouble;
  }

  /**
   * Runs until `stop`; what is at hand then is not finished, `runUntilIdle` does that. `idle` waits
   * while there is nothing to read: a commit that is due waits as long.
   */
  async run(stop: AbortSignal, idle: () => Promise<void>): Promise<void> {
    while (!stop.aborted) if (!(await this.runOnce())) await idle();
  }

  /** Records that have been committed to the log and not been read yet, over all tasks and tables. */
  async lag(): Promise<number> {
    const lags = await Promise.all([...this.tasks, ...this.tables].map((task) => task.lag()));
    return lags.reduce((sum, lag) => sum + lag, 0);
  }

  /**
   * Runs until every input is at its end and every commit has been made. A table which may fail for
   * as long as it likes is not waited for: it goes on from its own position another time.
   */
  async runUntilIdle(): Promise<void> {
    do {
      await this.runToEnd();
    } while ((await this.commitAll()) || (await this.waitForTurn()));
  }

  /** Commits what is dirty; true when anything was: its output may be an input, or it went back. */
  private async commitAll(): Promise<boolean> {
    const waited = this.committing.size > 0;
    await Promise.all(this.committing.values());
    const nowMs = this.config.clock.nowMs();
    const isDue = (runner: Runner) => runner.isDirty && !this.retries.isWaiting(runner, nowMs);
    const tasks = this.tasks.filter(isDue);
    await this.commitTasks(tasks);
    // A table's rows are the tasks' output: it commits when there is no more of that to come.
    const tables = tasks.length > 0 ? [] : this.tables.filter(isDue);
    for (const table of tables) await this.commit(table);
    return waited || tasks.length > 0 || tables.length > 0;
  }

  /**
   * Waits until somebody who had no turn may try again; false when everybody had one. Its time may
   * have come since the round: it has to have its turn all the same.
   */
  private async waitForTurn(): Promise<boolean> {
    if (!this.leftAlone) return false;
    const { clock, retry } = this.config;
    const runners = [...this.tasks, ...this.tables].filter((runner) => this.isWaitedFor(runner));
    const waitMs = this.retries.waitMs(runners, clock.nowMs());
    if (waitMs !== null) await retry.wait(waitMs);
    return true;
  }

  close(): void {
    for (const task of this.tasks) task.close();
  }
}
