/** What the work of one commit has counted. */
export interface Counted {
  /** By how much each counter has changed. */
  readonly net: Readonly<Record<string, number>>;
  /** What was added to each; what was taken back of it is left out. */
  readonly added: Readonly<Record<string, number>>;
}

/** The counters of a task: totals, which are part of its checkpoint, and what the next commit has. */
export class TaskCounters {
  #totals: Record<string, number> = {};
  #committed: Readonly<Record<string, number>> = {};
  #added: Record<string, number> = {};

  get totals(): Readonly<Record<string, number>> {
    return this.#totals;
  }

  /** What has been counted since the last commit. */
  get counted(): Counted {
    const changes = Object.entries(this.#totals)
      .map(([counter, total]) => [counter, total - (this.#committed[counter] ?? 0)] as const)
      .filter(([, change]) => change !== 0);
    return { net: Object.fromEntries(changes), added: this.#added };
  }

  count(counter: string, by: number): void {
    this.#totals[counter] = (this.#totals[counter] ?? 0) + by;
    if (by > 0) this.#added[counter] = (this.#added[counter] ?? 0) + by;
  }

  /** Goes back, or on, to the totals of a checkpoint. */
  load(totals: Readonly<Record<string, number>>): void {
    this.#totals = { ...totals };
    this.committed();
  }

  /** What has been counted is committed; what `counted` gave remains as it is. */
  committed(): void {
    this.#committed = { ...this.#totals };
    this.#added = {};
  }
}
