import type { StandbyTask } from "./standby-task.ts";

/** Makes the standby of a task. */
export type OpenStandby = (id: string) => StandbyTask;

/** The standbys a thread has been given: each catches up beside the tasks, one step at a time. */
export class StandbyTasks {
  readonly #open: OpenStandby;
  readonly #tasks = new Map<string, StandbyTask>();
  readonly #stepping = new Map<StandbyTask, Promise<unknown>>();
  #failure: { readonly cause: unknown } | null = null;

  constructor(open: OpenStandby) {
    this.#open = open;
  }

  get all(): readonly StandbyTask[] {
    return [...this.#tasks.values()];
  }

  /** Has a standby of these, and of no others, and lets those catch up that are due. */
  follow(ids: readonly string[]): void {
    if (this.#failure !== null) throw this.#failure.cause;
    for (const [id, task] of this.#tasks) {
      if (ids.includes(id)) continue;
      task.close();
      this.#tasks.delete(id);
    }
    for (const id of ids) if (!this.#tasks.has(id)) this.#tasks.set(id, this.#open(id));
    for (const task of this.#tasks.values()) this.#step(task);
  }

  #step(task: StandbyTask): void {
    if (this.#stepping.has(task)) return;
    const step = task
      .step()
      .catch((cause: unknown) => {
        this.#failure ??= { cause };
      })
      .finally(() => this.#stepping.delete(task));
    this.#stepping.set(task, step);
  }

  async close(): Promise<void> {
    for (const task of this.#tasks.values()) task.close();
    this.#tasks.clear();
    await Promise.all(this.#stepping.values());
  }
}
