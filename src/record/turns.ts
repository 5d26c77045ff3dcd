/** Runs asynchronous work one piece at a time, in the order in which it was asked for. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    // A piece that fails fails for whoever asked for it; the next has its turn all the same.
    this.#last = turn.catch(() => {});
    return turn;
  }
}
