/** An event that has just become complete, as it is told to who watches. null: nobody knows. */
export interface ToldSentence {
  readonly id: string;
  /** Its own slice, seconds since the epoch. */
  readonly slice: number;
  readonly sentence: string;
  /** Of an article that tells of it. */
  readonly url: string | null;
  readonly tone: number | null;
  readonly goldstein: number | null;
  /** 1 to 4: verbal and material cooperation, verbal and material conflict. */
  readonly quad: number | null;
  /** Of the place of the event, two letters (FIPS 10-4). */
  readonly country: string | null;
  readonly lat: number | null;
  readonly lon: number | null;
}

/** For who comes later; with texts cut, at most 2 MB. */
const KEPT_MAX = 400;
const TEXT_MAX = 2000;

type Listener = (sentence: ToldSentence) => void;

/** The newest sentences, and those who wait for the next ones. */
export class SentenceRing {
  #kept: readonly ToldSentence[] = [];
  readonly #listeners = new Set<Listener>();

  /** Whether it is worth finding any. */
  get isWatched(): boolean {
    return this.#listeners.size > 0;
  }

  /** The oldest first. */
  get newest(): readonly ToldSentence[] {
    return this.#kept;
  }

  tell(sentences: readonly ToldSentence[]): void {
    if (sentences.length === 0) return;
    const told = sentences.map(cut);
    this.#kept = [...this.#kept, ...told].slice(-KEPT_MAX);
    for (const sentence of told) for (const listener of this.#listeners) listener(sentence);
  }

  /** @returns what ends it. */
  watch(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** A text of the Internet may be of any length; half an address leads nowhere. */
const cut = (told: ToldSentence): ToldSentence => ({
  ...told,
  sentence: told.sentence.slice(0, TEXT_MAX),
  url: told.url !== null && told.url.length <= TEXT_MAX ? told.url : null,
});
