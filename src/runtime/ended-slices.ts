import { END_OF_STREAM, type SliceEnd } from "../record/slice-end.ts";

/** More than this are not told one by one: who is so far behind tells the newest. */
const SLICES_MAX = 1000;

export interface EndedSlice {
  readonly sliceMs: number;
  /** Rows of it in the table. */
  readonly rows: number;
}

/** Slices that have ended for the first time since they were asked for: how fresh a table is. */
export class EndedSlices {
  readonly #slices = new Map<number, number>();
  /** Since the last end: whose they are the next one says. */
  #rows = 0;

  /** A re-opened slice is left out: its rows are as late as their file. */
  add(rows: number, end: SliceEnd | null): void {
    this.#rows += rows;
    if (end === null) return;
    const { sliceMs, attempt } = end;
    const ofSlice = this.#rows;
    this.#rows = 0;
    if (attempt !== 1 || sliceMs >= END_OF_STREAM - 1) return;
    this.#slices.set(sliceMs, (this.#slices.get(sliceMs) ?? 0) + ofSlice);
    if (this.#slices.size <= SLICES_MAX) return;
    const [oldest] = this.#slices.keys();
    this.#slices.delete(oldest!);
  }

  take(): readonly EndedSlice[] {
    const slices = [...this.#slices].map(([sliceMs, rows]) => ({ sliceMs, rows }));
    this.#slices.clear();
    return slices;
  }

  clear(): void {
    this.#slices.clear();
    this.#rows = 0;
  }
}
