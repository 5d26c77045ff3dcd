/** Runs asynchronous work one piece at a time, in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();
  /** What is done beside each other since. */
  #beside: Promise<unknown>[] = [];

  /** A piece for which others of its kind need not wait; whoever takes a turn waits for all of them. */
  takeBeside<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#beside.push(turn.catch(() => {}));
    return turn;
  }

  take<T>(work: () => Promise<T>): Promise<T> {
    const before =
      this.#beside.length === 0 ? this.#last : Promise.all([this.#last, ...this.#beside]);
    this.#beside = [];
    const turn = before.then(work);
    // A piece that fails fails for whoever asked for it; the next has its turn all the same.
    this.#last = turn.catch(() => {});
    return turn;
  }
}
