import { END_OF_STREAM, type SliceEnd } from "../record/slice-end.ts";

/** More than this are not told one by one: who is so far behind tells the newest. */
const SLICES_MAX = 1000;

/** Slices that have ended for the first time since they were asked for: how fresh a table is. */
export class EndedSlices {
  #slices = new Set<number>();

  /** A re-opened slice is left out: its rows are as late as their file. */
  add({ sliceMs, attempt }: SliceEnd): void {
    if (attempt !== 1 || sliceMs >= END_OF_STREAM - 1) return;
    this.#slices.add(sliceMs);
    if (this.#slices.size <= SLICES_MAX) return;
    const [oldest] = this.#slices;
    this.#slices.delete(oldest!);
  }

  take(): readonly number[] {
    const slices = [...this.#slices];
    this.#slices.clear();
    return slices;
  }

  clear(): void {
    this.#slices.clear();
  }
}
