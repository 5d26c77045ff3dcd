import { grown } from "../record/arrow/column.ts";
import type { WindowStore } from "../state/window-store.ts";
import { DocumentReader } from "./document-entry.ts";
import type { EventGroup } from "./event-group.ts";
import * as M from "./mention-entry.ts";

/** One document of an event. */
export interface EventDocument {
  readonly sliceMs: number;
  readonly position: number;
  /** Copies of references, not of bytes: valid until the store is written to. */
  readonly bytes: Uint8Array;
  readonly sourceStart: number;
  readonly sourceEnd: number;
  readonly identifierStart: number;
  readonly identifierEnd: number;
  readonly contextStart: number;
  readonly contextEnd: number;
}

/**
 * What an event's mentions add up to. Every figure is independent of the order of arrival: mentions
 * are taken in the order of their natural keys, documents in that of their GKG record ids.
 */
export class EventAggregate {
  mentionCount = 0;
  sourceCount = 0;
  toneAverage: number | null = null;
  firstMentionMs = Number.NaN;
  lastMentionMs = Number.NaN;
  /** Position of the lead mention: most confident, then earliest, then smallest key; or -1. */
  lead = -1;
  leadDocument: EventDocument | null = null;
  /** Documents of any mention, in the order of the mentions. */
  readonly documents: EventDocument[] = [];
  /** Index in `documents` of each mention's document. */
  documentOf = new Int32Array(64);

  private readonly store: WindowStore;
  private readonly reader = new DocumentReader();
  private readonly sources = new Set<string>();

  constructor(documents: WindowStore) {
    this.store = documents;
  }

  read(group: EventGroup): void {
    const { segment, mentions, count } = group;
    this.documents.length = 0;
    this.sources.clear();
    this.mentionCount = count;
    this.firstMentionMs = Number.POSITIVE_INFINITY;
    this.lastMentionMs = Number.NEGATIVE_INFINITY;
    this.lead = -1;
    if (count > this.documentOf.length) this.documentOf = grown(this.documentOf, count);
    let toneSum = 0;
    let toneCount = 0;
    for (let i = 0; i < count; i++) {
      segment.at(mentions[i]!);
      const { view } = segment.chunk;
      const { start } = segment;
      const mentionMs = view.getFloat64(start + M.MENTION_TIME, true);
      const tone = view.getFloat64(start + M.TONE, true);
      if (!Number.isNaN(tone)) {
        toneSum += tone;
        toneCount++;
      }
      if (mentionMs < this.firstMentionMs) this.firstMentionMs = mentionMs;
      if (mentionMs > this.lastMentionMs) this.lastMentionMs = mentionMs;
      this.documentOf[i] = this.document(mentionMs, view.getInt32(start + M.DOCUMENT, true));
    }
    this.toneAverage = toneCount === 0 ? null : toneSum / toneCount;
    for (const { bytes, sourceStart, sourceEnd } of this.documents) {
      if (sourceEnd > sourceStart) this.sources.add(text(bytes, sourceStart, sourceEnd));
    }
    this.sourceCount = this.sources.size;
    this.findLead(group);
  }

  private document(sliceMs: number, position: number): number {
    const { documents } = this;
    for (let i = documents.length - 1; i >= 0; i--) {
      const known = documents[i]!;
      if (known.position === position && known.sliceMs === sliceMs) return i;
    }
    const segment = this.store.segmentAt(sliceMs)!;
    segment.at(position);
    const read = this.reader.read(segment.chunk.bytes, segment.start, segment.end);
    documents.push({
      sliceMs,
      position,
      bytes: read.bytes,
      sourceStart: read.sourceStart,
      sourceEnd: read.sourceEnd,
      identifierStart: read.identifierStart,
      identifierEnd: read.identifierEnd,
      contextStart: read.contextStart,
      contextEnd: read.contextEnd,
    });
    return documents.length - 1;
  }

  private findLead({ segment, mentions, count }: EventGroup): void {
    let leadIndex = -1;
    let confidence = 0;
    let timeMs = 0;
    for (let i = 0; i < count; i++) {
      segment.at(mentions[i]!);
      const { view } = segment.chunk;
      const nextConfidence = view.getInt32(segment.start + M.CONFIDENCE, true);
      const nextMs = view.getFloat64(segment.start + M.MENTION_TIME, true);
      const order =
        leadIndex < 0
          ? -1
          : confidence - nextConfidence ||
            nextMs - timeMs ||
            this.byKey(segment, i, leadIndex, mentions);
      if (order >= 0) continue;
      leadIndex = i;
      confidence = nextConfidence;
      timeMs = nextMs;
    }
    this.lead = leadIndex < 0 ? -1 : mentions[leadIndex]!;
    this.leadDocument = leadIndex < 0 ? null : this.documents[this.documentOf[leadIndex]!]!;
  }

  /** Order of two mentions by identifier, sentence id and offsets. */
  private byKey(
    segment: EventGroup["segment"],
    a: number,
    b: number,
    mentions: Int32Array,
  ): number {
    const one = this.documents[this.documentOf[a]!]!;
    const other = this.documents[this.documentOf[b]!]!;
    const byIdentifier = Buffer.compare(
      one.bytes.subarray(one.identifierStart, one.identifierEnd),
      other.bytes.subarray(other.identifierStart, other.identifierEnd),
    );
    if (byIdentifier !== 0) return byIdentifier;
    for (const offset of [M.SENTENCE_ID, M.ACTOR1_OFFSET, M.ACTOR2_OFFSET, M.ACTION_OFFSET]) {
      segment.at(mentions[a]!);
      const first = segment.chunk.view.getInt32(segment.start + offset, true);
      segment.at(mentions[b]!);
      const second = segment.chunk.view.getInt32(segment.start + offset, true);
      if (first !== second) return first - second;
    }
    return 0;
  }
}

/** Equal where the bytes are equal. */
const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1", start, end);
