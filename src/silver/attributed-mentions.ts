import {
  Binary,
  type Data,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int64,
  Schema,
  TimestampMillisecond,
  Utf8,
} from "apache-arrow";
import { ArrowBatchBuilder, decodeArrow } from "../record/arrow/batch-builder.ts";
import type { BinaryDictionaryColumn, BytesColumn } from "../record/arrow/byte-columns.ts";
import type { Float64Column, Int32Column, Int64Column } from "../record/arrow/number-columns.ts";
import * as M from "./mention-entry.ts";

/**
 * What crosses the repartition: mentions with their document. A document has about six mentions, so
 * it is an Arrow dictionary value and travels once per batch. Its bytes are laid out as in
 * `document-entry.ts`.
 */
const attributedMentionsSchema = new Schema([
  new Field("document", new Dictionary(new Binary(), new Int32(), 0), false),
  new Field("mention_key", new Binary(), false),
  new Field("global_event_id", new Int64(), false),
  new Field("event_time", new TimestampMillisecond("UTC"), false),
  new Field("mention_time", new TimestampMillisecond("UTC"), false),
  new Field("mention_type", new Int32(), false),
  new Field("sentence_id", new Int32(), true),
  new Field("actor1_char_offset", new Int32(), true),
  new Field("actor2_char_offset", new Int32(), true),
  new Field("action_char_offset", new Int32(), true),
  new Field("in_raw_text", new Int32(), true),
  new Field("confidence", new Int32(), true),
  new Field("mention_doc_len", new Int32(), true),
  new Field("mention_doc_tone", new Float64(), true),
  new Field("translation_info", new Utf8(), true),
  new Field("extras", new Utf8(), true),
]);

const INT_FIELDS = [["mention_type", M.MENTION_TYPE], ...M.INT_COLUMNS] as const;

/** Writes the mentions of one destination partition. */
export class AttributedMentionsWriter {
  private readonly builder = new ArrowBatchBuilder(attributedMentionsSchema);
  readonly documents = this.builder.column<BinaryDictionaryColumn>("document");
  private readonly keys = this.builder.column<BytesColumn>("mention_key");
  private readonly ids = this.builder.column<Int64Column>("global_event_id");
  private readonly eventTimes = this.builder.column<Int64Column>("event_time");
  private readonly mentionTimes = this.builder.column<Int64Column>("mention_time");
  private readonly ints = INT_FIELDS.map(([name, offset]) => ({
    column: this.builder.column<Int32Column>(name),
    offset,
  }));
  private readonly tones = this.builder.column<Float64Column>("mention_doc_tone");
  private readonly translations = this.builder.column<BytesColumn>("translation_info");
  private readonly extras = this.builder.column<BytesColumn>("extras");

  get length(): number {
    return this.builder.length;
  }

  /** Appends the mention whose entry begins at `at`; `document` is its index in `documents`. */
  append(document: number, bytes: Uint8Array, view: DataView, at: number): void {
    this.documents.append(document);
    this.keys.append(bytes, at + M.KEY_HASH, at + M.KEY_HASH + 16);
    this.ids.append(view.getFloat64(at + M.EVENT_ID, true));
    this.eventTimes.append(view.getFloat64(at + M.EVENT_TIME, true));
    this.mentionTimes.append(view.getFloat64(at + M.MENTION_TIME, true));
    for (const { column, offset } of this.ints) {
      const value = view.getInt32(at + offset, true);
      if (value === M.NO_INT) column.appendNull();
      else column.append(value);
    }
    const tone = view.getFloat64(at + M.TONE, true);
    if (Number.isNaN(tone)) this.tones.appendNull();
    else this.tones.append(tone);
    appendText(this.translations, bytes, view, at, M.TRANSLATION_INFO);
    appendText(this.extras, bytes, view, at, M.EXTRAS);
  }

  encode(): Uint8Array {
    return this.builder.encode();
  }
}

function appendText(
  column: BytesColumn,
  bytes: Uint8Array,
  view: DataView,
  at: number,
  which: number,
): void {
  const start = M.textStart(view, at, which);
  column.appendOrNull(bytes, start, start + M.textLength(view, at, which));
}

interface Texts {
  readonly offsets: Int32Array;
  readonly bytes: Uint8Array;
}

/** Reads such a batch back, into entries for the state of the second join. */
export class AttributedMentionsReader {
  length = 0;
  /** Values of the document dictionary. */
  documents!: Texts & { readonly count: number };
  documentIndex!: Int32Array;
  private keys!: Texts;
  private ids!: Int32Array;
  private eventTimes!: Int32Array;
  private mentionTimes!: Int32Array;
  private ints: readonly { values: Int32Array; valid: Uint8Array | null; offset: number }[] = [];
  private tones!: Float64Array;
  private tonesValid: Uint8Array | null = null;
  private translations!: Texts;
  private extras!: Texts;

  load(ipc: Uint8Array): void {
    const [batch] = decodeArrow(ipc);
    if (batch === undefined) throw new TypeError("an Arrow stream without a batch");
    this.length = batch.numRows;
    const names = batch.schema.fields.map((field) => field.name);
    const column = (name: string): Data => batch.data.children[names.indexOf(name)]!;
    const document = column("document");
    const values = document.dictionary!.data[0]!;
    this.documents = { ...texts(values), count: values.length };
    this.documentIndex = document.values as Int32Array;
    this.keys = texts(column("mention_key"));
    this.ids = words(column("global_event_id"));
    this.eventTimes = words(column("event_time"));
    this.mentionTimes = words(column("mention_time"));
    this.ints = INT_FIELDS.map(([name, offset]) => {
      const data = column(name);
      return { values: data.values as Int32Array, valid: validity(data), offset };
    });
    this.tones = column("mention_doc_tone").values as Float64Array;
    this.tonesValid = validity(column("mention_doc_tone"));
    this.translations = texts(column("translation_info"));
    this.extras = texts(column("extras"));
  }

  /** Writes a row's entry, without its document's texts. */
  write(row: number, writer: M.MentionWriter): void {
    const { view } = writer;
    writer.start();
    view.setFloat64(M.EVENT_ID, int64(this.ids, row), true);
    view.setFloat64(M.EVENT_TIME, int64(this.eventTimes, row), true);
    view.setFloat64(M.MENTION_TIME, int64(this.mentionTimes, row), true);
    for (const { values, valid, offset } of this.ints) {
      view.setInt32(offset, isValid(valid, row) ? values[row]! : M.NO_INT, true);
    }
    view.setFloat64(M.TONE, isValid(this.tonesValid, row) ? this.tones[row]! : Number.NaN, true);
    const key = this.keys.offsets[row]!;
    for (let i = 0; i < 16; i++) writer.bytes[M.KEY_HASH + i] = this.keys.bytes[key + i]!;
    writer.text(M.SOURCE_NAME, this.keys.bytes, 0, 0);
    writer.text(M.IDENTIFIER, this.keys.bytes, 0, 0);
    copyText(writer, M.TRANSLATION_INFO, this.translations, row);
    copyText(writer, M.EXTRAS, this.extras, row);
  }
}

function copyText(writer: M.MentionWriter, which: number, { offsets, bytes }: Texts, row: number) {
  writer.text(which, bytes, offsets[row]!, offsets[row + 1]!);
}

const texts = (data: Data): Texts => ({
  offsets: data.valueOffsets as Int32Array,
  bytes: data.values as unknown as Uint8Array,
});

const words = ({ values }: Data): Int32Array => {
  const { buffer, byteOffset, byteLength } = values as BigInt64Array;
  return new Int32Array(buffer, byteOffset, byteLength >> 2);
};

const int64 = (pairs: Int32Array, row: number): number =>
  pairs[row * 2 + 1]! * 4_294_967_296 + (pairs[row * 2]! >>> 0);

const validity = (data: Data): Uint8Array | null => (data.nullCount === 0 ? null : data.nullBitmap);

const isValid = (bitmap: Uint8Array | null, row: number): boolean =>
  bitmap === null || ((bitmap[row >> 3]! >> (row & 7)) & 1) === 1;
