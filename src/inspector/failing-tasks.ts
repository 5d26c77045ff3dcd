import type { RuntimeEvent } from "../runtime/task-config.ts";

/** A task or table that has failed, and has neither committed since nor found that nothing is left to do. */
export interface FailingTask {
  readonly task: string;
  readonly isTable: boolean;
  /** The source, table or join that it is. */
  readonly node: string;
  /** Of the first failure. */
  readonly sinceMs: number;
  /** Of the newest. */
  readonly reason: string;
}

/** An error may quote whatever the world has answered. */
const REASON_LENGTH_MAX = 300;

/** Which tasks of a thread get nowhere now. */
export class FailingTasks {
  readonly #failures = new Map<string, Pick<FailingTask, "sinceMs" | "reason">>();

  take(event: RuntimeEvent, nowMs: number): void {
    switch (event.kind) {
      case "commit-failed": {
        const sinceMs = this.#failures.get(event.task)?.sinceMs ?? nowMs;
        this.#failures.set(event.task, { sinceMs, reason: reasonOf(event.cause) });
        return;
      }
      case "task-committed":
      case "table-committed":
      case "task-recovered":
      case "task-migrated":
        this.#failures.delete(event.task);
    }
  }

  /** Who of those that are open fails; others are forgotten. @param nodeOf what a task is. */
  among(
    open: readonly string[],
    nodeOf: (task: string) => { readonly name: string; readonly isTable: boolean },
  ): readonly FailingTask[] {
    for (const task of this.#failures.keys()) if (!open.includes(task)) this.#failures.delete(task);
    return [...this.#failures].map(([task, failure]) => {
      const { name: node, isTable } = nodeOf(task);
      return { task, isTable, node, ...failure };
    });
  }
}

const reasonOf = (cause: unknown): string =>
  (cause instanceof Error ? cause.message : String(cause)).slice(0, REASON_LENGTH_MAX);
