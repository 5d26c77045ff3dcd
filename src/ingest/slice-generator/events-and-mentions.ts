import { SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import { type Document, makeDocument } from "./documents.ts";
import { EarlierEvents, type MentioningSlice } from "./earlier-events.ts";
import { eventRow } from "./event-rows.ts";
import { MentionRows } from "./mention-rows.ts";
import type { Random } from "./random.ts";

export interface SlicePlan extends MentioningSlice {
  /** Mention rows to write; an event of the slice has at least one whatever this says. */
  readonly mentions: number;
}

export interface Written {
  readonly documents: readonly Document[];
  readonly events: readonly string[];
  readonly mentions: readonly string[];
}

/**
 * The events and mentions of one slice. Documents come one after the other; each mentions some
 * events of this slice (the first to do so is the event's source), some of earlier ones, or both.
 * In the end every event of the slice has been mentioned.
 */
export function writeEventsAndMentions(plan: SlicePlan): Written {
  const { random, slice, startMs, translation, shares } = plan;
  const sliceMs = startMs + slice * SLICE_MS;
  const stamp = stampOf(sliceMs);
  const own = translation ? plan.ids.translated(slice) : plan.ids.english(slice);
  const documents: Document[] = [];
  const events: string[] = [];
  const mentions: string[] = [];
  const earlier = new EarlierEvents(plan);
  let left = Math.max(plan.mentions, own.count);
  while (left > 0) {
    const name = `${slice.toString(36)}-${documents.length.toString(36)}`;
    const document = makeDocument(random, { stamp, name, translation, shares });
    const rows = new MentionRows(random, stamp, document);
    const kind = random.next();
    const ownShare = kind < 0.15 ? 1 : kind < 0.42 ? 0.7 : 0;
    const firstHere = events.length;
    for (let i = Math.min(left, rowsOfDocument(random)); i > 0; i--, left--) {
      const unmentioned = own.count - events.length;
      const nothingElse = events.length === 0 && !earlier.any;
      const source =
        unmentioned > 0 && (unmentioned >= left || nothingElse || random.chance(ownShare * 0.76));
      if (source) {
        const id = own.first + events.length;
        events.push(eventRow(random, id, sliceMs, document));
        mentions.push(rows.row(id, stamp));
      } else if (events.length > 0 && (!earlier.any || random.chance(ownShare * 0.9))) {
        const from = random.chance(0.1) ? Math.min(firstHere, events.length - 1) : 0;
        mentions.push(rows.row(own.first + random.between(from, events.length - 1), stamp));
      } else if (earlier.any) {
        const event = earlier.pick();
        mentions.push(rows.row(event.id, stampOf(event.eventMs)));
      }
    }
    documents.push(document);
  }
  return { documents, events, mentions };
}

/** Median 3 and mean 6, as counted; the longest lists have a hundred. */
const rowsOfDocument = (random: Random): number =>
  Math.max(1, Math.round(random.logNormal(3, 1.2)));
