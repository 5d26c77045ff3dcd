import { ENGLISH_FEEDS, SLICE_MS, stampOf, TRANSLATION_FEEDS } from "../../gdelt/feeds.ts";
import { makeDocument } from "./documents.ts";
import { EventIds } from "./event-ids.ts";
import { type SlicePlan, type Written, writeEventsAndMentions } from "./events-and-mentions.ts";
import { gkgRow } from "./gkg-rows.ts";
import { Random } from "./random.ts";
import { MEASURED_SHARES, type Shares } from "./shares.ts";

export interface StreamSpec {
  /** The same seed and numbers give the same bytes, on any machine. */
  readonly seed: number;
  /** Time of slice 0. */
  readonly startMs: number;
  /** On average; real slices have 500 to 2,900. */
  readonly eventsPerSlice: number;
  /** Mention rows for each event of the slice; as counted 3.7 (2015) and 2.6 (2026). */
  readonly mentionsPerEvent?: number;
  /** Entries of the GCAM column on average; 930 as counted, which is 70 % of a slice's bytes. */
  readonly gcamEntries?: number;
  /** Id of the first event of slice 0. */
  readonly firstEventId?: number;
  /** The translation stream with the same seed: the ids between those of the English one. */
  readonly translation?: boolean;
  readonly shares?: Partial<Shares>;
}

export interface GeneratedSlice {
  readonly sliceMs: number;
  readonly stamp: string;
  /** Content of each feed's file, unpacked, by the feed's name. */
  readonly feeds: ReadonlyMap<string, Buffer>;
}

/**
 * A stream of slices as GDELT's, from invented news. Any slice can be asked for, in any order, also
 * of times before the first; slice n does not depend on which others have been generated.
 */
export class SliceStream {
  readonly #spec: StreamSpec;
  readonly #ids: EventIds;

  constructor(spec: StreamSpec) {
    this.#spec = spec;
    this.#ids = new EventIds(spec);
  }

  slice(number: number): GeneratedSlice {
    const { startMs, seed, translation = false, mentionsPerEvent = 3.7 } = this.#spec;
    const events = translation ? this.#ids.translated(number) : this.#ids.english(number);
    const random = new Random(seed, number, translation ? 3 : 2);
    const plan: SlicePlan = {
      random,
      ids: this.#ids,
      shares: { ...MEASURED_SHARES, ...this.#spec.shares },
      startMs,
      slice: number,
      translation,
      mentions: Math.round(events.count * mentionsPerEvent * (0.85 + 0.3 * random.next())),
    };
    const written = writeEventsAndMentions(plan);
    const sliceMs = startMs + number * SLICE_MS;
    const [eventsFeed, mentionsFeed, gkgFeed] = translation ? TRANSLATION_FEEDS : ENGLISH_FEEDS;
    return {
      sliceMs,
      stamp: stampOf(sliceMs),
      feeds: new Map([
        [eventsFeed!.name, Buffer.from(written.events.join(""))],
        [mentionsFeed!.name, Buffer.from(written.mentions.join(""))],
        [gkgFeed!.name, Buffer.from(this.#gkg(plan, written).join(""))],
      ]),
    };
  }

  *slices(count: number): Generator<GeneratedSlice> {
    for (let number = 0; number < count; number++) yield this.slice(number);
  }

  #gkg({ random, shares, slice, startMs, translation }: SlicePlan, written: Written): string[] {
    const stamp = stampOf(startMs + slice * SLICE_MS);
    const documents = written.documents.filter(() => random.chance(shares.withGkg));
    const unmentioned = Math.round(written.documents.length * shares.unmentioned);
    for (let i = 0; i < unmentioned; i++) {
      const name = `${slice.toString(36)}-u${i.toString(36)}`;
      documents.push(makeDocument(random, { stamp, name, translation, shares }));
    }
    return random.shuffle(documents).map((document, row) =>
      gkgRow(random, {
        recordId: `${stamp}-${translation ? "T" : ""}${row}`,
        stamp,
        document,
        gcamEntries: this.#spec.gcamEntries ?? 930,
      }),
    );
  }
}
