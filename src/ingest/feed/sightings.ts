import type { ListedFile } from "./listed-file.ts";

interface Sighting {
  readonly files: Map<string, ListedFile>;
  /** When the feed showed the slice first, as far as known. */
  readonly shownMs: number;
}

const NO_FILES: ReadonlyMap<string, ListedFile> = new Map();

/** What the feed has shown of slices that are not yet published, or not in full. */
export class Sightings {
  readonly #slices = new Map<number, Sighting>();
  #newestMs = Number.NEGATIVE_INFINITY;
  /** The newest slice when this process first looked; null before. */
  #newestAtFirstMs: number | null = null;

  /** The newest slice ever shown, -Infinity when there is none. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Slices of which files are known, in time order. */
  get slices(): number[] {
    return [...this.#slices.keys()].sort((a, b) => a - b);
  }

  /** The files known of a slice, by feed. */
  files(sliceMs: number): ReadonlyMap<string, ListedFile> {
    return this.#slices.get(sliceMs)?.files ?? NO_FILES;
  }

  /** Takes in what a list of the feed says; a later list is right where they differ. */
  show(files: readonly ListedFile[], wanted: (file: ListedFile) => boolean, nowMs: number): void {
    for (const { sliceMs } of files) this.#newestMs = Math.max(this.#newestMs, sliceMs);
    this.#newestAtFirstMs ??= this.#newestMs;
    for (const file of files.filter(wanted)) {
      const slice = this.#slices.get(file.sliceMs) ?? {
        files: new Map(),
        shownMs: this.#shownMs(file.sliceMs, nowMs),
      };
      slice.files.set(file.feed, file);
      this.#slices.set(file.sliceMs, slice);
    }
  }

  /** Forgets the files that are not wanted any more. */
  keep(wanted: (file: ListedFile) => boolean): void {
    for (const [sliceMs, { files }] of this.#slices) {
      for (const [feed, file] of files) if (!wanted(file)) files.delete(feed);
      if (files.size === 0) this.#slices.delete(sliceMs);
    }
  }

  /** When the feed first showed something newer than the slice; Infinity if it has not. */
  newerShownMs(sliceMs: number): number {
    let newerMs = Number.POSITIVE_INFINITY;
    for (const [otherMs, { shownMs }] of this.#slices) {
      if (otherMs > sliceMs) newerMs = Math.min(newerMs, shownMs);
    }
    return newerMs;
  }

  /** The first slice after this one of which files are known; Infinity if there is none. */
  nextMs(sliceMs: number): number {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const otherMs of this.#slices.keys()) {
      if (otherMs > sliceMs) nextMs = Math.min(nextMs, otherMs);
    }
    return nextMs;
  }

  /**
   * What was there before this process looked was shown at some time after its stamp. To take it for
   * the stamp makes a restart, or an old range, wait no longer than somebody would who was there.
   */
  #shownMs(sliceMs: number, nowMs: number): number {
    return sliceMs <= this.#newestAtFirstMs! ? Math.min(sliceMs, nowMs) : nowMs;
  }
}
