import { eventPhrase } from "../../gdelt/cameo.ts";
import { type Actor, actorNamed } from "./actors.ts";
import type { IdRange } from "./event-ids.ts";
import { NATIONS, type Nation, type Place } from "./nations.ts";
import { Random } from "./random.ts";
import { COMMON_SCENES, type Scene, SUBJECTS, type Subject } from "./subjects.ts";
import { ORGANIZATIONS, PERSONS } from "./vocabulary.ts";

/** What is in the news at a time: events and documents are each of one story. */
export interface Story {
  readonly subject: Subject;
  readonly nations: readonly [Nation, Nation];
  /** Where it mainly happens. */
  readonly home: Place;
  /** Where else, or where those come from who are in it. */
  readonly places: readonly Place[];
  readonly persons: readonly string[];
  readonly organizations: readonly string[];
}

const STORIES = 48;

/**
 * Events with neighbouring ids, so many of them, are of one story; the next ones of the next. So
 * the story of any event is known without its slice.
 */
const EVENTS_TOGETHER = 8;

/** The stories of a stream, by number. The first ones are much written about. */
export class Stories {
  readonly #stories: readonly Story[];

  constructor(seed: number) {
    this.#stories = Array.from({ length: STORIES }, (_, number) => makeStory(seed, number));
  }

  story(number: number): Story {
    return this.#stories[number]!;
  }

  static ofEvent(id: number): number {
    return Math.floor(id / EVENTS_TOGETHER) % STORIES;
  }

  /** One that a document may be about, rather an early one. */
  static pick(random: Random): number {
    return Math.floor(STORIES * random.next() ** 1.5);
  }

  /** The id of one of the story's events in the range, rather an early one; any if it has none. */
  static pickEvent(random: Random, story: number, { first, count }: IdRange): number {
    const round = STORIES * EVENTS_TOGETHER;
    const offset = story * EVENTS_TOGETHER;
    const last = first + count - 1;
    const from = Math.ceil((first - offset - (EVENTS_TOGETHER - 1)) / round);
    const to = Math.floor((last - offset) / round);
    if (from > to) return first + random.below(count);
    const at = from + Math.floor((to - from + 1) * random.next() ** 1.3);
    const id = at * round + offset + Math.floor(EVENTS_TOGETHER * random.next() ** 1.6);
    return Math.min(Math.max(id, first), last);
  }
}

function makeStory(seed: number, number: number): Story {
  const random = new Random(seed, number, 5);
  const [a, b, c] = random.shuffle([...NATIONS]) as [Nation, Nation, Nation];
  const [home, ...others] = random.shuffle([...a.cities]) as [Place, ...Place[]];
  return {
    subject: SUBJECTS[number % SUBJECTS.length]!,
    nations: [a, b],
    home,
    places: [a.centre, b.centre, ...others, ...b.cities, c.cities[0]!],
    persons: random.sample(PERSONS, 7),
    organizations: random.sample(ORGANIZATIONS, 5),
  };
}

/** Who does what to whom. */
export interface Deed {
  readonly code: string;
  readonly actor1: Actor;
  readonly actor2: Actor;
}

export function pickDeed(random: Random, { subject, nations }: Story): Deed {
  const scenes = random.chance(0.4) ? COMMON_SCENES : subject.scenes;
  const { actor1, code, actor2 }: Scene = scenes[Math.floor(scenes.length * random.next() ** 1.3)]!;
  return { code, actor1: actorNamed(actor1, nations), actor2: actorNamed(actor2, nations) };
}

/** "Egypt negotiated with Kenya over grain prices", in one of several forms. */
export function headline(random: Random, deed: Deed, { subject, home }: Story): string {
  const { actor1, code, actor2 } = deed;
  const text = `${actor1.headline} ${eventPhrase(code).withObject} ${actor2.headline}`;
  const city = home.name.split(",")[0]!;
  const form = random.next();
  if (form < 0.4) return capitalized(`${text} over ${subject.phrase}`);
  if (form < 0.7) return capitalized(`${subject.phrase.replace(/^the /, "")}: ${text}`);
  return `${city}: ${text}, ${subject.phrase} in question`;
}

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
