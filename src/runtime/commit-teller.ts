import type { Clock } from "../record/clock.ts";
import type { RuntimeEvent, TaskCommit } from "./task-config.ts";

/** What is known of a commit before its transaction ends. */
export interface AskedCommit extends Omit<TaskCommit, "task" | "durationMs"> {
  /** Of its checkpoint. */
  readonly id: string;
  readonly startMs: number;
}

/** Tells of the commits of a task: each once, and of none that has not happened. */
export class CommitTeller {
  readonly #task: string;
  readonly #clock: Clock;
  readonly #tell: (event: RuntimeEvent) => void;
  #asked: AskedCommit | null = null;
  /** What has become of the open transaction if the task fails now; null: there is none. */
  #failure: "aborted" | "unknown" | null = null;

  constructor(task: string, clock: Clock, tell: (event: RuntimeEvent) => void) {
    this.#task = task;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** A transaction begins. */
  begun(): void {
    this.#failure = "aborted";
  }

  /** The transaction is asked to commit now. */
  asked(commit: AskedCommit): void {
    this.#asked = commit;
    this.#failure = "unknown";
  }

  /** It is through. */
  committed(): void {
    const { id, startMs, ...commit } = this.#asked!;
    this.#asked = null;
    this.#failure = null;
    const durationMs = this.#clock.nowMs() - startMs;
    this.#tell({ kind: "task-committed", task: this.#task, durationMs, ...commit });
  }

  /** The task goes back to its last commit. */
  failed(): void {
    const result = this.#failure;
    this.#failure = null;
    if (result !== null) this.#tell({ kind: "transaction-failed", task: this.#task, result });
  }

  /** The log names this checkpoint as the last: was that a commit whose outcome was unknown? */
  found(checkpoint: string): void {
    if (this.#asked?.id === checkpoint) this.committed();
    this.#asked = null;
  }
}
