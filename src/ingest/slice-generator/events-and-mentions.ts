import { SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import { type Document, makeDocument } from "./documents.ts";
import { EarlierEvents, type MentioningSlice } from "./earlier-events.ts";
import type { IdRange } from "./event-ids.ts";
import { eventRow } from "./event-rows.ts";
import { MentionRows } from "./mention-rows.ts";
import type { Random } from "./random.ts";
import { pickDeed, Stories } from "./stories.ts";

export interface SlicePlan extends MentioningSlice {
  readonly stories: Stories;
  /** Mention rows to write; an event of the slice has at least one whatever this says. */
  readonly mentions: number;
}

export interface Written {
  readonly documents: Document[];
  readonly events: string[];
  readonly mentions: string[];
}

/**
 * The events and mentions of one slice. Documents come one after the other; each mentions some
 * events of this slice (the first to do so is the event's source), some of earlier ones, or both,
 * all of its own story. In the end every event of the slice has been mentioned.
 */
export function writeEventsAndMentions(plan: SlicePlan): Written {
  return new SliceWriter(plan).write();
}

class SliceWriter {
  readonly #plan: SlicePlan;
  readonly #stamp: string;
  readonly #own: IdRange;
  readonly #earlier: EarlierEvents;
  readonly #written: Written = { documents: [], events: [], mentions: [] };
  /** Ids of the events written so far, by story. */
  readonly #ownByStory = new Map<number, number[]>();
  /** Mention rows still to be written. */
  #left: number;

  constructor(plan: SlicePlan) {
    const { slice, startMs, translation, ids } = plan;
    this.#plan = plan;
    this.#stamp = stampOf(startMs + slice * SLICE_MS);
    this.#own = translation ? ids.translated(slice) : ids.english(slice);
    this.#earlier = new EarlierEvents(plan);
    this.#left = Math.max(plan.mentions, this.#own.count);
  }

  write(): Written {
    while (this.#left > 0) this.#writeDocument();
    return this.#written;
  }

  /** Whether the next row has to be that of a new event: nothing else is left, or there is nothing. */
  get #mustBeNew(): boolean {
    const { length } = this.#written.events;
    const nothingElse = length === 0 && !this.#earlier.any;
    return this.#own.count - length >= this.#left || nothingElse;
  }

  /** Null when all events of the slice are written. */
  get #nextId(): number | null {
    const { length } = this.#written.events;
    return length < this.#own.count ? this.#own.first + length : null;
  }

  #writeDocument(): void {
    const { random, slice, stories, translation, shares } = this.#plan;
    const { documents } = this.#written;
    const kind = random.next();
    const ownShare = kind < 0.15 ? 1 : kind < 0.42 ? 0.7 : 0;
    const bringsNews = this.#nextId !== null && (ownShare > 0 || this.#mustBeNew);
    const story = bringsNews ? Stories.ofEvent(this.#nextId) : Stories.pick(random);
    const name = `${translation ? "t" : ""}${slice.toString(36)}-${documents.length.toString(36)}`;
    const document = makeDocument(random, {
      stamp: this.#stamp,
      name,
      story: stories.story(story),
      translation,
      shares,
    });
    const rows = new MentionRows(random, this.#stamp, document);
    for (let i = rowsOfDocument(random); i > 0 && this.#left > 0; i--) {
      if (!this.#writeRow(story, ownShare, document, rows)) break;
      this.#left--;
    }
    documents.push(document);
  }

  /** False if the next row has to be of another story. */
  #writeRow(story: number, ownShare: number, document: Document, rows: MentionRows): boolean {
    const { random } = this.#plan;
    const { mentions, events } = this.#written;
    const nextId = this.#nextId;
    if (nextId !== null && (this.#mustBeNew || random.chance(ownShare * 0.76))) {
      if (Stories.ofEvent(nextId) === story) {
        this.#writeEvent(nextId, story, document);
        mentions.push(rows.row(nextId, this.#stamp));
        return true;
      }
      if (this.#mustBeNew) return false;
    }
    const own = this.#ownByStory.get(story) ?? [];
    if (own.length > 0 && (!this.#earlier.any || random.chance(ownShare * 0.6))) {
      mentions.push(rows.row(random.pick(own), this.#stamp));
    } else if (this.#earlier.any) {
      const event = this.#earlier.pick(story);
      mentions.push(rows.row(event.id, stampOf(event.eventMs)));
    } else {
      const any = this.#own.first + random.below(events.length);
      mentions.push(rows.row(any, this.#stamp));
    }
    return true;
  }

  #writeEvent(id: number, story: number, document: Document): void {
    const { random, slice, startMs } = this.#plan;
    const own = this.#ownByStory.get(story) ?? [];
    const deed = random.chance(0.5) ? document.deed : pickDeed(random, document.story);
    const sliceMs = startMs + slice * SLICE_MS;
    this.#written.events.push(eventRow(random, { id, sliceMs, document, deed }));
    own.push(id);
    this.#ownByStory.set(story, own);
  }
}

/** Median 3 and mean 6, as counted; the longest lists have a hundred. */
const rowsOfDocument = (random: Random): number =>
  Math.max(1, Math.round(random.logNormal(3, 1.27)));
