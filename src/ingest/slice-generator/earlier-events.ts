import { SLICE_MS } from "../../gdelt/feeds.ts";
import type { EventIds, IdRange } from "./event-ids.ts";
import type { Random } from "./random.ts";
import type { Shares } from "./shares.ts";

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
  readonly #picked: EarlierEvent[] = [];

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

  pick(): EarlierEvent {
    const { random } = this.#at;
    if (this.#picked.length > 0 && random.chance(0.39)) return random.pick(this.#picked);
    const event = this.#pickNew(random.next());
    this.#picked.push(event);
    return event;
  }

  #pickNew(luck: number): EarlierEvent {
    const { foreign, days1, days7, days30, days365 } = this.#at.shares;
    let left = luck - foreign;
    if (left < 0) return this.#foreign();
    for (const [days, share] of [
      [7, days7],
      [30, days30],
      [365, days365],
      [1, days1],
    ] as const) {
      left -= share;
      if (left < 0) return this.#daysAgo(days);
    }
    return this.#today();
  }

  /** Half of them recent, half of them any time since midnight. */
  #today(): EarlierEvent {
    const { random } = this.#at;
    const recent = Math.floor(-8 * Math.log(1 - random.next())) % this.#ofToday;
    return this.#of(1 + (random.chance(0.5) ? recent : random.below(this.#ofToday)));
  }

  #daysAgo(days: number): EarlierEvent {
    const slicesAgo = (days * DAY_MS) / SLICE_MS;
    return this.#of(slicesAgo + this.#at.random.below(this.#ofToday + 1));
  }

  #foreign(): EarlierEvent {
    return this.#of(this.#at.random.below(this.#ofToday + 1), !this.#at.translation);
  }

  #of(slicesAgo: number, translated = this.#at.translation): EarlierEvent {
    const { random, ids, slice } = this.#at;
    const eventMs = this.#sliceMs - slicesAgo * SLICE_MS;
    const range = (translation: boolean): IdRange =>
      translation ? ids.translated(slice - slicesAgo) : ids.english(slice - slicesAgo);
    // A slice may have no translated events.
    const { first, count } = range(translated && range(true).count > 0);
    return { id: first + random.below(count), eventMs };
  }
}
