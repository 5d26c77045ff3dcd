import {
  type DocumentContextReader,
  type NameList,
  ORGANIZATIONS,
  PERSONS,
  THEMES,
} from "../gdelt/document-context.ts";
import type { EventDocument } from "./event-aggregate.ts";

/** A range of bytes that holds a list of names. */
export interface NameRange {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

interface Context {
  document: EventDocument;
  recordIdStart: number;
  recordIdEnd: number;
  /** NaN: none. */
  tone: number;
}

/**
 * The distinct GKG records behind an event's documents, in the order of their ids, so that the mean
 * of their tones does not depend on arrival.
 */
export class EventContexts {
  count = 0;
  toneAverage: number | null = null;
  readonly themes: NameRange[] = [];
  readonly persons: NameRange[] = [];
  readonly organizations: NameRange[] = [];
  private readonly reader: DocumentContextReader;

  constructor(reader: DocumentContextReader) {
    this.reader = reader;
  }

  read(documents: readonly EventDocument[]): void {
    const contexts = this.distinct(documents);
    this.count = contexts.length;
    this.themes.length = 0;
    this.persons.length = 0;
    this.organizations.length = 0;
    let sum = 0;
    let tones = 0;
    for (const { document, tone } of contexts) {
      if (!Number.isNaN(tone)) {
        sum += tone;
        tones++;
      }
      this.addLists(document);
    }
    this.toneAverage = tones === 0 ? null : sum / tones;
  }

  private addLists({ bytes, contextStart }: EventDocument): void {
    const { reader } = this;
    reader.read(bytes, contextStart);
    const range = (list: NameList): NameRange => ({
      bytes,
      start: reader.listStart(list),
      end: reader.listEnd(list),
    });
    this.themes.push(range(THEMES));
    this.persons.push(range(PERSONS));
    this.organizations.push(range(ORGANIZATIONS));
  }

  private distinct(documents: readonly EventDocument[]): Context[] {
    const contexts: Context[] = [];
    for (const document of documents) {
      if (document.contextStart === document.contextEnd) continue;
      const { recordIdStart, recordIdEnd, hasTone, tone } = this.reader.read(
        document.bytes,
        document.contextStart,
      );
      contexts.push({ document, recordIdStart, recordIdEnd, tone: hasTone ? tone : Number.NaN });
    }
    if (contexts.length < 2) return contexts;
    contexts.sort(byRecordId);
    return contexts.filter((context, i) => i === 0 || byRecordId(contexts[i - 1]!, context) !== 0);
  }
}

function byRecordId(a: Context, b: Context): number {
  const [one, other] = [a.document.bytes, b.document.bytes];
  const lengthA = a.recordIdEnd - a.recordIdStart;
  const lengthB = b.recordIdEnd - b.recordIdStart;
  for (let i = 0; i < lengthA && i < lengthB; i++) {
    const difference = one[a.recordIdStart + i]! - other[b.recordIdStart + i]!;
    if (difference !== 0) return difference;
  }
  return lengthA - lengthB;
}
