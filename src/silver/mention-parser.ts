import { MENTION } from "../gdelt/columns.ts";
import { NumberParser, PARSED } from "../gdelt/parse-number.ts";
import type { TsvRows } from "../gdelt/tsv-rows.ts";
import { Hash128 } from "../record/hash.ts";
import * as M from "./mention-entry.ts";

const INTS: readonly { readonly column: number; readonly offset: number }[] = [
  { column: MENTION.MentionType, offset: M.MENTION_TYPE },
  { column: MENTION.SentenceID, offset: M.SENTENCE_ID },
  { column: MENTION.Actor1CharOffset, offset: M.ACTOR1_OFFSET },
  { column: MENTION.Actor2CharOffset, offset: M.ACTOR2_OFFSET },
  { column: MENTION.ActionCharOffset, offset: M.ACTION_OFFSET },
  { column: MENTION.InRawText, offset: M.IN_RAW_TEXT },
  { column: MENTION.Confidence, offset: M.CONFIDENCE },
  { column: MENTION.MentionDocLen, offset: M.DOC_LENGTH },
];

const TEXTS: readonly { readonly column: number; readonly text: number }[] = [
  { column: MENTION.MentionSourceName, text: M.SOURCE_NAME },
  { column: MENTION.MentionIdentifier, text: M.IDENTIFIER },
  { column: MENTION.MentionDocTranslationInfo, text: M.TRANSLATION_INFO },
  { column: MENTION.Extras, text: M.EXTRAS },
];

/** Turns a validated row of the mentions feed into an entry. */
export class MentionParser {
  private readonly parser = new NumberParser();
  private readonly hash = new Hash128();
  private readonly key = new Uint8Array(M.TEXT_BYTES_MAX * 2);

  write(rows: TsvRows, row: number, writer: M.MentionWriter): void {
    const { parser } = this;
    const { bytes } = rows;
    const { view } = writer;
    const start = (column: number) => rows.fieldStart(row, column);
    const end = (column: number) => rows.fieldEnd(row, column);
    writer.start();
    parser.int64(bytes, start(MENTION.GlobalEventID), end(MENTION.GlobalEventID));
    view.setFloat64(M.EVENT_ID, parser.value, true);
    parser.stamp(bytes, start(MENTION.EventTimeDate), end(MENTION.EventTimeDate));
    view.setFloat64(M.EVENT_TIME, parser.value, true);
    parser.stamp(bytes, start(MENTION.MentionTimeDate), end(MENTION.MentionTimeDate));
    view.setFloat64(M.MENTION_TIME, parser.value, true);
    const tone = parser.float64(bytes, start(MENTION.MentionDocTone), end(MENTION.MentionDocTone));
    view.setFloat64(M.TONE, tone === PARSED ? parser.value : Number.NaN, true);
    for (const { column, offset } of INTS) {
      const status = parser.int32(bytes, start(column), end(column));
      view.setInt32(offset, status === PARSED ? parser.value : M.NO_INT, true);
    }
    for (const { column, text } of TEXTS) writer.text(text, bytes, start(column), end(column));
    this.hashKey(rows, row, view);
  }

  /** The natural key: every column up to the offsets but the source's name, as published. */
  private hashKey(rows: TsvRows, row: number, view: DataView): void {
    const { bytes } = rows;
    const first = rows.fieldStart(row, MENTION.GlobalEventID);
    const middle = rows.fieldEnd(row, MENTION.MentionType);
    const identifier = rows.fieldStart(row, MENTION.MentionIdentifier);
    const last = rows.fieldEnd(row, MENTION.ActionCharOffset);
    this.key.set(bytes.subarray(first, middle));
    this.key.set(bytes.subarray(identifier, last), middle - first);
    const { a, b, c, d } = this.hash.update(this.key, 0, middle - first + last - identifier);
    view.setInt32(M.KEY_HASH, a, true);
    view.setInt32(M.KEY_HASH + 4, b, true);
    view.setInt32(M.KEY_HASH + 8, c, true);
    view.setInt32(M.KEY_HASH + 12, d, true);
  }
}
