import { RetriableError } from "../record/errors.ts";
import type { TableTask } from "./table-task.ts";
import type { Task } from "./task.ts";
import type { RuntimeConfig } from "./task-config.ts";

/** Commits that may fail one after another before the failure is passed on. */
const ATTEMPTS_MAX = 5;

/**
 * Runs tasks in turn: one batch each, then whoever is due commits. Nothing here is concurrent: a
 * task is never entered while it is committing.
 */
export class StreamThread {
  private readonly config: RuntimeConfig;
  readonly tasks: readonly Task[];
  private readonly tables: readonly TableTask[];
  private readonly failuresInRow = new Map<Task | TableTask, number>();

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
    let progressed = false;
    for (const task of this.tasks) {
      if (await task.step()) progressed = true;
      if (task.wantsCommit) await this.commit(task);
    }
    for (const table of this.tables) {
      if (await table.step()) progressed = true;
      if (table.wantsCommit) await this.commit(table);
    }
    return progressed;
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

  /** Runs until every input is at its end and every commit has been made. */
  async runUntilIdle(): Promise<void> {
    do {
      while (await this.runOnce());
    } while (await this.commitAll());
  }

  /** Commits what is dirty; true when anything was: its output may be an input, or it went back. */
  async commitAll(): Promise<boolean> {
    const dirty = [...this.tasks, ...this.tables].filter((task) => task.isDirty);
    for (const task of dirty) await this.commit(task);
    return dirty.length > 0;
  }

  close(): void {
    for (const task of this.tasks) task.close();
  }
}
