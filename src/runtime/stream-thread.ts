import { RetriableError } from "../record/errors.ts";
import type { TableTask } from "./table-task.ts";
import type { Task } from "./task.ts";
import type { RuntimeConfig } from "./task-config.ts";

/** Commits that may fail one after another before the failure is passed on. */
const ATTEMPTS_MAX = 5;

/**
 * Runs tasks in turn: one batch each, then whoever is due commits. A task or table is never entered
 * while it is committing; beside that only waiting for disks and networks is concurrent.
 */
export class StreamThread {
  private readonly config: RuntimeConfig;
  readonly tasks: readonly Task[];
  private readonly tables: readonly TableTask[];
  private readonly failuresInRow = new Map<Task | TableTask, number>();
  private readonly committing = new Map<TableTask, Promise<void>>();
  /** What a commit beside the others has failed of. */
  private failure: { readonly cause: unknown } | null = null;

  constructor(config: RuntimeConfig, tasks: readonly Task[], tables: readonly TableTask[]) {
    this.config = config;
    this.tasks = tasks;
    this.tables = tables;
  }

  async open(): Promise<void> {
    for (const task of this.tasks) await task.open();
    for (const table of this.tables) await table.open();
  }

  /** One round; false when nothing was left to read. */
  async runOnce(): Promise<boolean> {
    if (this.failure !== null) throw this.failure.cause;
    let progressed = false;
    for (const task of this.tasks) if (await task.step()) progressed = true;
    await this.commitTasks(this.tasks.filter((task) => task.wantsCommit));
    for (const table of this.tables) {
      if (this.committing.has(table)) continue;
      if (await table.step()) progressed = true;
      if (table.wantsCommit) this.commitBeside(table);
    }
    return progressed;
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
  private async commit(task: Task | TableTask): Promise<void> {
    try {
      await task.commit();
      this.failuresInRow.delete(task);
    } catch (cause) {
      this.config.onEvent?.({ kind: "commit-failed", task: task.id, cause });
      const failures = (this.failuresInRow.get(task) ?? 0) + 1;
      this.failuresInRow.set(task, failures);
      // Only the world's errors may go away by themselves; anything else is a bug.
      if (failures >= ATTEMPTS_MAX || !(cause instanceof RetriableError)) throw cause;
      await task.recover(cause);
    }
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

  /** Runs until every input is at its end and every commit has been made. */
  async runUntilIdle(): Promise<void> {
    do {
      while (await this.runOnce());
    } while (await this.commitAll());
  }

  /** Commits what is dirty; true when anything was: its output may be an input, or it went back. */
  async commitAll(): Promise<boolean> {
    const waited = this.committing.size > 0;
    await Promise.all(this.committing.values());
    const tasks = this.tasks.filter((task) => task.isDirty);
    await this.commitTasks(tasks);
    // A table's rows are the tasks' output: it commits when there is no more of that to come.
    const tables = tasks.length > 0 ? [] : this.tables.filter((table) => table.isDirty);
    for (const table of tables) await this.commit(table);
    return waited || tasks.length > 0 || tables.length > 0;
  }

  close(): void {
    for (const task of this.tasks) task.close();
  }
}
