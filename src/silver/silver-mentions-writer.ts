import type { DocumentContextReader } from "../gdelt/document-context.ts";
import { silverMentionsSchema } from "../gdelt/silver-schema.ts";
import { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import type { BytesColumn } from "../record/arrow/byte-columns.ts";
import type {
  BoolColumn,
  Float64Column,
  Int32Column,
  Int64Column,
} from "../record/arrow/number-columns.ts";
import type { Segment } from "../state/window-store.ts";
import { ORPHAN_REASONS } from "./emission-entry.ts";
import type { EventDocument } from "./event-aggregate.ts";
import * as M from "./mention-entry.ts";

const HEX = Uint8Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));

/** Writes rows of `silver.mentions`. */
export class SilverMentionsWriter {
  readonly builder = new ArrowBatchBuilder(silverMentionsSchema);
  private readonly key = this.builder.column<BytesColumn>("mention_key");
  private readonly id = this.builder.column<Int64Column>("global_event_id");
  private readonly eventTime = this.builder.column<Int64Column>("event_time");
  private readonly mentionTime = this.builder.column<Int64Column>("mention_time");
  private readonly type = this.builder.column<Int32Column>("mention_type");
  private readonly source = this.builder.column<BytesColumn>("mention_source_name");
  private readonly identifier = this.builder.column<BytesColumn>("mention_identifier");
  private readonly ints = M.INT_COLUMNS.map(([name, offset]) => ({
    column: this.builder.column<Int32Column>(name),
    offset,
  }));
  private readonly tone = this.builder.column<Float64Column>("mention_doc_tone");
  private readonly translation = this.builder.column<BytesColumn>("translation_info");
  private readonly extras = this.builder.column<BytesColumn>("extras");
  private readonly gkgId = this.builder.column<BytesColumn>("gkg_record_id");
  private readonly gkgTone = this.builder.column<Float64Column>("gkg_tone");
  private readonly joined = this.builder.column<BoolColumn>("event_joined");
  private readonly reason = this.builder.column<BytesColumn>("orphan_reason");
  private readonly slice = this.builder.column<Int64Column>("slice");
  private readonly generation = this.builder.column<Int32Column>("generation");
  private readonly revision = this.builder.column<Int32Column>("revision");
  private readonly committedAt = this.builder.column<Int64Column>("silver_committed_at");
  private readonly hex = new Uint8Array(32);
  private readonly context: DocumentContextReader;

  constructor(context: DocumentContextReader) {
    this.context = context;
  }

  /** Appends the mention under the segment's cursor. */
  append(
    { chunk: { view, bytes }, start }: Segment,
    document: EventDocument,
    outcome: { reason: number; joined: boolean; generation: number; revision: number },
  ): void {
    const mentionMs = view.getFloat64(start + M.MENTION_TIME, true);
    this.appendKey(bytes, start + M.KEY_HASH);
    this.id.append(view.getFloat64(start + M.EVENT_ID, true));
    this.eventTime.append(view.getFloat64(start + M.EVENT_TIME, true));
    this.mentionTime.append(mentionMs);
    this.type.append(view.getInt32(start + M.MENTION_TYPE, true));
    this.source.appendOrNull(document.bytes, document.sourceStart, document.sourceEnd);
    this.identifier.appendOrNull(document.bytes, document.identifierStart, document.identifierEnd);
    for (const { column, offset } of this.ints) {
      const value = view.getInt32(start + offset, true);
      if (value === M.NO_INT) column.appendNull();
      else column.append(value);
    }
    appendNumber(this.tone, view.getFloat64(start + M.TONE, true));
    this.appendText(this.translation, bytes, view, start, M.TRANSLATION_INFO);
    this.appendText(this.extras, bytes, view, start, M.EXTRAS);
    this.appendContext(document);
    this.joined.append(outcome.joined);
    if (outcome.joined) this.reason.appendNull();
    else this.reason.appendString(ORPHAN_REASONS[outcome.reason]!);
    this.slice.append(mentionMs);
    this.generation.append(outcome.generation);
    this.revision.append(outcome.revision);
    this.committedAt.appendNull();
  }

  private appendKey(bytes: Uint8Array, at: number): void {
    const { hex } = this;
    for (let i = 0; i < 16; i++) {
      const byte = bytes[at + i]!;
      hex[i * 2] = HEX[byte >> 4]!;
      hex[i * 2 + 1] = HEX[byte & 15]!;
    }
    this.key.append(hex, 0, 32);
  }

  private appendText(
    column: BytesColumn,
    bytes: Uint8Array,
    view: DataView,
    start: number,
    which: number,
  ): void {
    const from = M.textStart(view, start, which);
    column.appendOrNull(bytes, from, from + M.textLength(view, start, which));
  }

  private appendContext({ bytes, contextStart, contextEnd }: EventDocument): void {
    if (contextStart === contextEnd) {
      this.gkgId.appendNull();
      this.gkgTone.appendNull();
      return;
    }
    const { context } = this;
    context.read(bytes, contextStart);
    this.gkgId.append(bytes, context.recordIdStart, context.recordIdEnd);
    appendNumber(this.gkgTone, context.hasTone ? context.tone : Number.NaN);
  }
}

function appendNumber(column: Float64Column, value: number): void {
  if (Number.isNaN(value)) column.appendNull();
  else column.append(value);
}
