import { SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import type { ListRange } from "../../ingest/feed/list-scanner.ts";
import type { ListedFile } from "../../ingest/feed/listed-file.ts";

/** Slices side by side, in stamps. */
export interface Gap {
  readonly from: string;
  readonly to: string;
  readonly slices: number;
}

/**
 * Which files of a range an archive has, and how large they are: four bytes a file, so that ten years
 * are a few megabytes.
 */
export class Survey {
  readonly range: ListRange;
  readonly #feeds: readonly string[];
  /** By feed, the bytes of the file of each slice; -1: there is none. */
  readonly #sizes: ReadonlyMap<string, Int32Array>;

  /** @param range its ends are slices, and both belong to it. */
  constructor(range: ListRange, feeds: readonly string[]) {
    this.range = range;
    this.#feeds = feeds;
    const slices = (range.toMs - range.fromMs) / SLICE_MS + 1;
    this.#sizes = new Map(feeds.map((feed) => [feed, new Int32Array(slices).fill(-1)]));
  }

  add({ feed, sliceMs, bytes }: ListedFile): void {
    const sizes = this.#sizes.get(feed);
    if (sizes) sizes[(sliceMs - this.range.fromMs) / SLICE_MS] = bytes;
  }

  /** Quarters of an hour in the range. */
  get slicesWanted(): number {
    return this.#sizes.get(this.#feeds[0]!)!.length;
  }

  /** Slices of which there is at least one file. */
  get slicesFound(): number {
    return this.slicesWanted - this.gaps().reduce((sum, { slices }) => sum + slices, 0);
  }

  get files(): number {
    return this.#sizes
      .values()
      .reduce((sum, of) => sum + of.filter((bytes) => bytes >= 0).length, 0);
  }

  /** Files that are missing from slices that are there, by feed. */
  get missing(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const [feed, sizes] of this.#sizes) {
      counts[feed] = sizes.filter((bytes, at) => bytes < 0 && !this.#isGap(at)).length;
    }
    return counts;
  }

  get bytes(): number {
    return this.#sizes
      .values()
      .reduce((sum, of) => sum + of.reduce((all, bytes) => all + Math.max(0, bytes), 0), 0);
  }

  /** Runs of slices without any file, the longest first. */
  gaps(): Gap[] {
    const found: Gap[] = [];
    const count = this.slicesWanted;
    for (let at = 0; at < count; at++) {
      const first = at;
      while (at < count && this.#isGap(at)) at++;
      if (at === first) continue;
      found.push({ from: this.#stamp(first), to: this.#stamp(at - 1), slices: at - first });
    }
    return found.sort((a, b) => b.slices - a.slices || a.from.localeCompare(b.from));
  }

  /** How many slices that are there are done, and the bytes of their files. */
  done(isDone: (sliceMs: number) => boolean): { readonly done: number; readonly bytes: number } {
    let [done, bytes] = [0, 0];
    for (let at = 0; at < this.slicesWanted; at++) {
      const sliceMs = this.range.fromMs + at * SLICE_MS;
      if (this.#isGap(at) || !isDone(sliceMs)) continue;
      done++;
      bytes += this.bytesOf(sliceMs);
    }
    return { done, bytes };
  }

  /** Of all files of a slice. */
  bytesOf(sliceMs: number): number {
    const at = (sliceMs - this.range.fromMs) / SLICE_MS;
    return this.#sizes.values().reduce((sum, sizes) => sum + Math.max(0, sizes[at] ?? 0), 0);
  }

  #isGap(at: number): boolean {
    return this.#sizes.values().every((sizes) => sizes[at]! < 0);
  }

  #stamp(at: number): string {
    return stampOf(this.range.fromMs + at * SLICE_MS);
  }
}
