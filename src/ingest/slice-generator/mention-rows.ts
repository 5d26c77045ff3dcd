import type { Document } from "./documents.ts";
import type { Random } from "./random.ts";

/** Characters of a generated sentence, on average. */
const SENTENCE_LENGTH = 130;

/**
 * The rows in which one document mentions events: 16 columns each. What was written is remembered,
 * because a document may mention an event several times, in other sentences or other places of one,
 * but a row never repeats.
 */
export class MentionRows {
  readonly #random: Random;
  readonly #stamp: string;
  readonly #document: Document;
  readonly #written = new Set<string>();

  constructor(random: Random, stamp: string, document: Document) {
    this.#random = random;
    this.#stamp = stamp;
    this.#document = document;
  }

  /** The row which says that the document mentions the event of `eventStamp`, with its newline. */
  row(eventId: number, eventStamp: string): string {
    const random = this.#random;
    const { type, source, identifier, words, tones, translation } = this.#document;
    const length = words * 6;
    const sentences = Math.max(1, Math.floor(length / SENTENCE_LENGTH));
    let sentence = 1 + Math.floor(sentences * random.next() ** 2);
    let offset = (sentence - 1) * SENTENCE_LENGTH + random.below(60);
    while (this.#written.has(`${eventId} ${offset}`)) {
      if (random.chance(0.5)) sentence++;
      offset += random.between(1, SENTENCE_LENGTH);
    }
    this.#written.add(`${eventId} ${offset}`);
    const actor1 = random.chance(0.9) ? offset : -1;
    const cells = [
      eventId,
      eventStamp,
      this.#stamp,
      type,
      source,
      identifier,
      sentence,
      actor1,
      random.chance(0.69) || actor1 === -1 ? offset + random.between(40, 70) : -1,
      random.chance(0.99) ? offset + random.between(10, 35) : -1,
      random.below(2),
      random.pick([10, 10, 20, 20, 20, 30, 40, 50, 60, 80, 100, 100]),
      length,
      tones[0],
      translation,
      "",
    ];
    return `${cells.join("\t")}\n`;
  }
}
