import { SLICE_MS } from "../../gdelt/feeds.ts";
import type { EventIds, IdRange } from "./event-ids.ts";
import type { Random } from "./random.ts";
import type { Shares } from "./shares.ts";
import { Stories } from "./stories.ts";

const DAY_MS = 86_400_000;

/** The slice whose documents mention events. */
export interface MentioningSlice {
  readonly random: Random;
  readonly ids: EventIds;
  readonly shares: Shares;
  /** Time of slice 0, and the number of this one. */
  readonly startMs: number;
  readonly slice: number;
  /** Whether it is of the translation stream. */
  readonly translation: boolean;
}

export interface EarlierEvent {
  readonly id: number;
  readonly eventMs: number;
}

/** Events of slices before this one: nearly all of the same UTC day, some mentioned repeatedly. */
export class EarlierEvents {
  readonly #at: MentioningSlice;
  readonly #sliceMs: number;
  readonly #ofToday: number;
  /** Those of each story which have been picked. */
  readonly #picked = new Map<number, EarlierEvent[]>();

  constructor(at: MentioningSlice) {
    this.#at = at;
    this.#sliceMs = at.startMs + at.slice * SLICE_MS;
    const sinceMidnightMs = ((this.#sliceMs % DAY_MS) + DAY_MS) % DAY_MS;
    this.#ofToday = Math.floor(sinceMidnightMs / SLICE_MS);
  }

  /** The first slice of a day has none: events of yesterday are hardly ever mentioned. */
  get any(): boolean {
    return this.#ofToday > 0;
  }

  pick(story: number): EarlierEvent {
    const { random } = this.#at;
    const picked = this.#picked.get(story) ?? [];
    if (picked.length > 0 && random.chance(0.33)) return random.pick(picked);
    const event = this.#pickNew(story, random.next());
    picked.push(event);
    this.#picked.set(story, picked);
    return event;
  }

  #pickNew(story: number, luck: number): EarlierEvent {
    const { foreign, days1, days7, days30, days365 } = this.#at.shares;
    let left = luck - foreign;
    if (left < 0) return this.#foreign(story);
    for (const [days, share] of [
      [7, days7],
      [30, days30],
      [365, days365],
      [1, days1],
    ] as const) {
      left -= share;
      if (left < 0) return this.#daysAgo(story, days);
    }
    return this.#today(story);
  }

  /** Half of them recent, half of them any time since midnight. */
  #today(story: number): EarlierEvent {
    const { random } = this.#at;
    const recent = Math.floor(-8 * Math.log(1 - random.next())) % this.#ofToday;
    return this.#of(story, 1 + (random.chance(0.5) ? recent : random.below(this.#ofToday)));
  }

  #daysAgo(story: number, days: number): EarlierEvent {
    const slicesAgo = (days * DAY_MS) / SLICE_MS;
    return this.#of(story, slicesAgo + this.#at.random.below(this.#ofToday + 1));
  }

  #foreign(story: number): EarlierEvent {
    return this.#of(story, this.#at.random.below(this.#ofToday + 1), !this.#at.translation);
  }

  #of(story: number, slicesAgo: number, translated = this.#at.translation): EarlierEvent {
    const { random, ids: all, slice } = this.#at;
    const eventMs = this.#sliceMs - slicesAgo * SLICE_MS;
    const range = (translation: boolean): IdRange =>
      translation ? all.translated(slice - slicesAgo) : all.english(slice - slicesAgo);
    // A slice may have no translated events.
    const ids = range(translated && range(true).count > 0);
    return { id: Stories.pickEvent(random, story, ids), eventMs };
  }
}
