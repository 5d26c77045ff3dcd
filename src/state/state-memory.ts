/** Who holds state in memory. */
type Holder = object;

/**
 * Memory for the state of all stores of a thread. As long as there is enough for all, each holds
 * what it likes; beyond that whoever has more than an equal part gives up, at its next commit, what is
 * too much. So a store with much to do may have what the others leave.
 */
export class StateMemory {
  readonly bytesMax: number;
  readonly #held = new Map<Holder, number>();
  #total = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** Bytes that all hold together, as they last said. */
  get total(): number {
    return this.#total;
  }

  /** How much of the bytes that somebody holds he may go on holding; the rest counts as given up. */
  keep(holder: Holder, bytes: number): number {
    this.#hold(holder, bytes);
    const over = this.#total - this.bytesMax;
    if (over <= 0) return bytes;
    const part = this.bytesMax / this.#held.size;
    const kept = Math.min(bytes, Math.max(part, bytes - over));
    this.#hold(holder, kept);
    return kept;
  }

  #hold(holder: Holder, bytes: number): void {
    this.#total += bytes - (this.#held.get(holder) ?? 0);
    this.#held.set(holder, bytes);
  }

  /** Somebody holds nothing any more. */
  forget(holder: Holder): void {
    this.#total -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
  }
}
