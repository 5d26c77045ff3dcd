import { RetriableError, TaskCorruptedError } from "../record/errors.ts";
import type { Store } from "../state/store.ts";
import { type GroupOptions, GroupTasks } from "./group-tasks.ts";
import type { Runner } from "./runner.ts";
import type { RunnerStatus } from "./runner-status.ts";
import { Runners } from "./runners.ts";
import { Task } from "./task.ts";
import type { RuntimeConfig } from "./task-config.ts";
import type { TaskPlan } from "./task-plan.ts";
import type { ThreadState } from "./thread-state.ts";

/** Who waits to read at a time; each holds a thread up for milliseconds. */
const READERS_MAX = 16;

interface Reader {
  readonly task: string;
  readonly answer: (stores: ReadonlyMap<string, Store> | null) => void;
}

/**
 * Runs tasks in turn, a batch each; whoever is due commits beside the others. Which tasks these are its
 * group says; without a group they are all there are. A task or table is never entered while it is
 * committing; beside that only waiting for disks and networks is concurrent.
 */
export class StreamThread {
  private readonly config: RuntimeConfig;
  readonly plan: TaskPlan;
  private readonly group: GroupTasks | null;
  private readonly runners: Runners;
  private state: ThreadState = "CREATED";
  private readers: Reader[] = [];
  private asked: PromiseWithResolvers<readonly RunnerStatus[]> | null = null;
  /** Who has taken stock since that was asked. */
  private readonly looked = new Set<Runner>();

  /** `group` null: it has all tasks, and that another takes them is a failure. */
  constructor(config: RuntimeConfig, plan: TaskPlan, group: GroupOptions | null) {
    this.config = config;
    this.plan = plan;
    this.group = group && new GroupTasks(config, plan, group);
    this.runners = this.group?.runners ?? new Runners(config, null);
  }

  /** Those which are open here. */
  get tasks(): readonly Task[] {
    return this.runners.all.filter((runner) => runner instanceof Task);
  }

  get tables(): readonly Runner[] {
    return this.runners.all.filter((runner) => runner.isTable);
  }

  /** Opens all tasks, or begins to take part in the group. */
  async open(): Promise<void> {
    if (this.group) {
      this.group.join();
      this.enter("STARTING");
      return;
    }
    for (const id of this.plan.tasks.keys()) this.runners.add(this.plan.create(id));
    for (const task of this.tasks) await task.open();
    for (const table of this.tables) await this.runners.retrying(table, () => table.open());
    this.enter("RUNNING");
  }

  private enter(to: ThreadState): void {
    const from = this.state;
    if (from === to) return;
    this.state = to;
    this.config.onEvent?.({ kind: "thread-state", from, to });
  }

  /** One round; false when whoever was not busy had nothing to read, nor to commit. */
  async runOnce(): Promise<boolean> {
    this.followGroup();
    this.runners.mustBeWell();
    let progressed = false;
    this.runners.leftAlone = false;
    this.runners.leftBusy = false;
    for (const runner of [...this.tasks, ...this.tables]) {
      if (!(await this.runners.isReady(runner))) continue;
      if (await this.step(runner)) progressed = true;
      // It waits for disks and networks: the others go on, only the one itself is left alone.
      if (this.runners.isCommittable(runner) && runner.wantsCommit) {
        this.runners.beside(runner, () => this.runners.commit(runner));
        // What a task has committed may be another's input, also where nobody had anything to read.
        if (!runner.isTable) progressed = true;
      }
    }
    await this.answer();
    return progressed;
  }

  /**
   * How its tasks and tables stand. Answered after a round in which each has been at rest since; never
   * if there is none any more.
   */
  status(): Promise<readonly RunnerStatus[]> {
    this.asked ??= Promise.withResolvers();
    return this.asked.promise;
  }

  /**
   * What `read` makes of the stores of a task: after a round, when nobody else is at them, a commit
   * neither; it must not change them. What it finds may not be committed yet. Null: the task is not
   * open here, or is not what its last commit says.
   */
  read<T>(task: string, read: (stores: ReadonlyMap<string, Store>) => T): Promise<T | null> {
    if (this.readers.length >= READERS_MAX) {
      return Promise.reject(new RetriableError("too many wait to read the state of this thread"));
    }
    const { promise, resolve, reject } = Promise.withResolvers<T | null>();
    const answer = (stores: ReadonlyMap<string, Store> | null) => {
      try {
        resolve(stores && read(stores));
      } catch (error) {
        reject(error);
      }
    };
    this.readers.push({ task, answer });
    return promise;
  }

  private answerReaders(): void {
    const { runners } = this;
    for (const reader of this.readers.splice(0)) {
      const task = this.tasks.find(({ id }) => id === reader.task);
      if (task?.state !== "RUNNING" || !runners.isSound(task)) reader.answer(null);
      else if (runners.isBusy(task)) this.readers.push(reader);
      else reader.answer(new Map(task.storeList.map((store) => [store.name, store])));
    }
  }

  /** A commit of a task takes a moment, and is waited for; that of a table takes as long as it likes. */
  private async answer(): Promise<void> {
    this.answerReaders();
    const { asked, looked, runners } = this;
    if (asked === null) return;
    const isDue = (one: Runner) => runners.isSound(one) && !looked.has(one);
    const free = runners.all.filter((one) => isDue(one) && !runners.isBusy(one));
    await Promise.all(free.map(lookOrLeave));
    for (const one of free) looked.add(one);
    if (this.tasks.some((task) => task.state === "RUNNING" && isDue(task))) return;
    this.asked = null;
    looked.clear();
    asked.resolve(runners.all.map(({ status }) => status));
  }

  private followGroup(): void {
    if (this.group === null) return;
    this.group.follow();
    this.enter(this.group.state);
  }

  /** Whether it has something, and is not at fault. */
  private async step(runner: Runner): Promise<boolean> {
    let progressed = false;
    const isWell = await this.runners.retrying(runner, async () => {
      progressed = await runner.step();
    });
    if (isWell && !progressed) this.runners.rested(runner);
    return progressed;
  }

  /**
   * Runs until nothing is left to read, by tables that were committing neither: one that is left
   * behind further and further finds what it needs gone from the log.
   */
  async runToEnd(): Promise<void> {
    for (;;) {
      while (await this.runOnce());
      this.runners.mustBeWell();
      const { busy, leftBusy } = this.runners;
      if (busy.length > 0) await Promise.race(busy);
      else if (!leftBusy) return;
    }
  }

  /** Tasks have nothing to do with one another: they wait for the disk together. */
  private async commitTasks(tasks: readonly Runner[]): Promise<void> {
    await Promise.all(tasks.map((task) => this.runners.commit(task)));
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
    const lags = await Promise.all(this.runners.all.map((runner) => runner.lag()));
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
    this.runners.mustBeWell();
  }

  /** Commits what is dirty; true when anything was: its output may be an input, or it went back. */
  private async commitAll(): Promise<boolean> {
    const { busy } = this.runners;
    await Promise.all(busy);
    this.runners.mustBeWell();
    const isDue = (runner: Runner) => this.runners.isCommittable(runner);
    const tasks = this.tasks.filter(isDue);
    await this.commitTasks(tasks);
    // A table's rows are the tasks' output: it commits when there is no more of that to come.
    const tables = tasks.length > 0 ? [] : this.tables.filter(isDue);
    for (const table of tables) await this.runners.commit(table);
    return busy.length > 0 || tasks.length > 0 || tables.length > 0;
  }

  /**
   * Waits until somebody who had no turn may try again; false when everybody had one. Its time may
   * have come since the round: it has to have its turn all the same.
   */
  private async waitForTurn(): Promise<boolean> {
    if (!this.runners.leftAlone) return false;
    const { waitMs } = this.runners;
    if (waitMs !== null) await this.config.retry.wait(waitMs);
    return true;
  }

  /** Commits what has been processed, closes everything, and leaves the group at once. */
  async shutdown(): Promise<void> {
    this.enter("PENDING_SHUTDOWN");
    await this.group?.leaveGroup();
    this.close();
    this.enter("DEAD");
  }

  /** Closes everything as it is; what was not committed is done again another time. */
  close(): void {
    for (const runner of this.runners.all) this.runners.drop(runner);
  }
}

/** What is in its way it meets again at its next turn, and that counts. */
async function lookOrLeave(runner: Runner): Promise<void> {
  try {
    await runner.look();
  } catch (cause) {
    if (!(cause instanceof RetriableError || cause instanceof TaskCorruptedError)) throw cause;
  }
}
