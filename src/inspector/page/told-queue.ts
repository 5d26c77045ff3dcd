import type { ToldSentence } from "../sentence-ring.ts";

const SHOWN_MAX = 40;
const WAITING_MAX = 200;
const PLACED_MAX = 3000;
const HOURS_S = 6 * 3600;

/** Sentences as they come, shown at the pace of a reader; and the places of all of the last hours. */
export class ToldQueue {
  #waiting: readonly ToldSentence[] = [];
  #shown: readonly ToldSentence[] = [];
  #placed: readonly ToldSentence[] = [];
  readonly #known = new Set<string>();
  isPaused = false;

  take(told: ToldSentence): void {
    // A stream that begins again tells the newest again.
    if (this.#known.has(told.id)) return;
    this.#known.add(told.id);
    if (this.#known.size > 2 * PLACED_MAX) this.#known.clear();
    this.#waiting = [...this.#waiting, told].slice(-WAITING_MAX);
    if (told.lat === null || told.lon === null) return;
    const newest = Math.max(told.slice, this.#placed.at(-1)?.slice ?? 0);
    this.#placed = [...this.#placed, told]
      .filter(({ slice }) => newest - slice <= HOURS_S)
      .slice(-PLACED_MAX);
  }

  /** Shows so many more; whether there were any. */
  show(most: number): boolean {
    if (this.isPaused || this.#waiting.length === 0) return false;
    const next = this.#waiting.slice(0, most);
    this.#waiting = this.#waiting.slice(most);
    this.#shown = [...next.toReversed(), ...this.#shown].slice(0, SHOWN_MAX);
    return true;
  }

  /** The newest first. */
  get shown(): readonly ToldSentence[] {
    return this.#shown;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  get placed(): readonly ToldSentence[] {
    return this.#placed;
  }
}
