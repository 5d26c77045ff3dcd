import type { RuntimeEvent } from "../../runtime/task-config.ts";

/** Whoever has it looks after the tables: it is in every topology, and the group gives it to one thread. */
const KEEPERS_TASK = "0_0";

/** Whether what has happened makes the thread the one to look after the tables, or no longer; null: neither. */
export function electionIn(event: RuntimeEvent): boolean | null {
  if (event.kind === "task-migrated" && event.task === KEEPERS_TASK) return false;
  if (event.kind !== "group") return null;
  switch (event.event.kind) {
    case "assigned":
      return event.event.assignment.active.includes(KEEPERS_TASK);
    case "lost":
      return false;
    case "rebalancing":
      return null;
  }
}

/** Has something done in the background as long as one of the threads of this process is elected. */
export class Keeper {
  readonly #work: (stop: AbortSignal) => Promise<void>;
  readonly #elected = new Set<string>();
  #stop: AbortController | null = null;
  #working: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(work: (stop: AbortSignal) => Promise<void>) {
    this.#work = work;
  }

  elect(thread: string, isElected: boolean): void {
    if (isElected) this.#elected.add(thread);
    else this.#elected.delete(thread);
    this.#follow();
  }

  /** Ends what is being done. */
  close(): void {
    this.#isClosed = true;
    this.#follow();
  }

  #follow(): void {
    const isWanted = this.#elected.size > 0 && !this.#isClosed;
    if (isWanted === (this.#stop !== null)) return;
    if (!isWanted) {
      this.#stop!.abort();
      this.#stop = null;
      return;
    }
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    // One after the other: what has been stopped may take a moment to end.
    this.#working = this.#working.then(() => this.#work(signal));
  }
}
