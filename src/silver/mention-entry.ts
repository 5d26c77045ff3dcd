import type { Segment } from "../state/window-store.ts";

/**
 * A mention as both joins keep it in state: a fixed part, then texts. All little endian.
 *
 *      0 float64 global event id        8 float64 event time, ms     16 float64 mention time, ms
 *     24 float64 tone (NaN: none)      32 int32 sentence id          36 int32 actor 1 offset
 *     40 int32 actor 2 offset          44 int32 action offset        48 int32 document length
 *     52 4 × int32 hash of the key     68 int32 mention type         72 int32 in raw text
 *     76 int32 confidence              80 int32 position of the document (second join only)
 *     84 4 × uint16 length of: source name, identifier, translation info, extras; then their bytes
 *
 * An absent integer is `NO_INT`. The second join keeps source and identifier with the document, and
 * writes both lengths as 0.
 */
export const EVENT_ID = 0;
export const EVENT_TIME = 8;
export const MENTION_TIME = 16;
export const TONE = 24;
export const SENTENCE_ID = 32;
export const ACTOR1_OFFSET = 36;
export const ACTOR2_OFFSET = 40;
export const ACTION_OFFSET = 44;
export const DOC_LENGTH = 48;
export const KEY_HASH = 52;
const KEY_HASH_BYTES = 16;
export const MENTION_TYPE = 68;
export const IN_RAW_TEXT = 72;
export const CONFIDENCE = 76;
export const DOCUMENT = 80;
const TEXT_LENGTHS = 84;
const TEXTS = 92;

/** Integers which tables and the repartition carry under the same name, and where they are. */
export const INT_COLUMNS: readonly (readonly [name: string, offset: number])[] = [
  ["sentence_id", SENTENCE_ID],
  ["actor1_char_offset", ACTOR1_OFFSET],
  ["actor2_char_offset", ACTOR2_OFFSET],
  ["action_char_offset", ACTION_OFFSET],
  ["in_raw_text", IN_RAW_TEXT],
  ["confidence", CONFIDENCE],
  ["mention_doc_len", DOC_LENGTH],
];

/** An integer column that is empty. */
export const NO_INT = -2_147_483_648;

/** The texts, in their order. */
export const SOURCE_NAME = 0;
export const IDENTIFIER = 1;
export const TRANSLATION_INFO = 2;
export const EXTRAS = 3;

/** The longest text that fits; a longer one is a dead letter. */
export const TEXT_BYTES_MAX = 16_000;

/** MentionType of a web document: the only kind whose identifier is that of one document. */
const WEB = 1;

/** Whether the mention at which a segment stands is that of a web document. */
export const isOnWeb = ({ chunk, start }: Segment): boolean =>
  chunk.view.getInt32(start + MENTION_TYPE, true) === WEB;

/** Whether two mentions are equal in their natural key, by its hash. */
export function haveSameKey(a: DataView, startA: number, b: DataView, startB: number): boolean {
  for (let word = KEY_HASH; word < KEY_HASH + KEY_HASH_BYTES; word += 4) {
    if (a.getInt32(startA + word, true) !== b.getInt32(startB + word, true)) return false;
  }
  return true;
}

/** A mention being put together, in a buffer that is used again for the next. */
export class MentionWriter {
  readonly bytes = new Uint8Array(TEXTS + 4 * TEXT_BYTES_MAX);
  readonly view = new DataView(this.bytes.buffer);
  end = TEXTS;

  /** Starts a new mention: the fixed part is to be written, the texts added in order. */
  start(): void {
    this.end = TEXTS;
  }

  text(which: number, from: Uint8Array, start: number, end: number): void {
    this.view.setUint16(TEXT_LENGTHS + which * 2, end - start, true);
    if (end > start) this.bytes.set(from.subarray(start, end), this.end);
    this.end += end - start;
  }
}

/** Where a text of the mention whose entry begins at `at` starts. */
export function textStart(view: DataView, at: number, which: number): number {
  let start = at + TEXTS;
  for (let i = 0; i < which; i++) start += view.getUint16(at + TEXT_LENGTHS + i * 2, true);
  return start;
}

export const textLength = (view: DataView, at: number, which: number): number =>
  view.getUint16(at + TEXT_LENGTHS + which * 2, true);
