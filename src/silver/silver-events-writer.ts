import { EVENT, eventColumns } from "../gdelt/columns.ts";
import type { DocumentContextReader } from "../gdelt/document-context.ts";
import { NameMerge, type NameTarget } from "../gdelt/name-merge.ts";
import { type SentenceInput, sentence } from "../gdelt/sentence.ts";
import { silverEventsSchema } from "../gdelt/silver-schema.ts";
import { TsvRows } from "../gdelt/tsv-rows.ts";
import { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import type { BytesColumn, TextListColumn } from "../record/arrow/byte-columns.ts";
import type { Float64Column, Int32Column, Int64Column } from "../record/arrow/number-columns.ts";
import type { Segment } from "../state/window-store.ts";
import { STATUSES } from "./emission-entry.ts";
import type { EventAggregate } from "./event-aggregate.ts";
import { EventColumns } from "./event-columns.ts";
import { EventContexts, type NameRange } from "./event-contexts.ts";
import * as M from "./mention-entry.ts";

/** Themes that a sentence names. */
const SENTENCE_THEMES = 3;

/** Writes rows of `silver.events`. */
export class SilverEventsWriter {
  readonly builder = new ArrowBatchBuilder(silverEventsSchema);
  private readonly eventColumns = new EventColumns(this.builder);
  private readonly mentionCount = this.builder.column<Int32Column>("mention_count");
  private readonly sourceCount = this.builder.column<Int32Column>("source_count");
  private readonly documentCount = this.builder.column<Int32Column>("document_count");
  private readonly firstMention = this.builder.column<Int64Column>("first_mention_time");
  private readonly lastMention = this.builder.column<Int64Column>("last_mention_time");
  private readonly toneAverage = this.builder.column<Float64Column>("mention_tone_avg");
  private readonly leadSource = this.builder.column<BytesColumn>("lead_source_name");
  private readonly leadIdentifier = this.builder.column<BytesColumn>("lead_identifier");
  private readonly leadTone = this.builder.column<Float64Column>("lead_tone");
  private readonly leadConfidence = this.builder.column<Int32Column>("lead_confidence");
  private readonly themes = this.builder.column<TextListColumn>("themes");
  private readonly persons = this.builder.column<TextListColumn>("persons");
  private readonly organizations = this.builder.column<TextListColumn>("organizations");
  private readonly gkgTone = this.builder.column<Float64Column>("gkg_tone");
  private readonly sentence = this.builder.column<BytesColumn>("sentence");
  private readonly status = this.builder.column<BytesColumn>("status");
  private readonly generation = this.builder.column<Int32Column>("generation");
  private readonly revision = this.builder.column<Int32Column>("revision");
  private readonly slice = this.builder.column<Int64Column>("slice");
  private readonly revisedSlice = this.builder.column<Int64Column>("revised_slice");
  private readonly completedAt = this.builder.column<Int64Column>("completed_at");
  private readonly committedAt = this.builder.column<Int64Column>("silver_committed_at");
  private readonly rows = new TsvRows(eventColumns.length);
  private readonly range = { starts: new Int32Array(1), ends: new Int32Array(1) };
  private readonly names = new NameMerge();
  readonly contexts: EventContexts;
  private firstThemes: string[] = [];
  /** Themes go to their column; the first ones to the sentence too. */
  private readonly themeTarget: NameTarget = {
    item: (bytes, start, end) => {
      this.themes.item(bytes, start, end);
      if (this.firstThemes.length < SENTENCE_THEMES) this.firstThemes.push(text(bytes, start, end));
    },
  };

  constructor(context: DocumentContextReader) {
    this.contexts = new EventContexts(context);
  }

  /** Appends the event whose row is under the segment's cursor; `contexts` has been read. */
  append(
    segment: Segment,
    aggregate: EventAggregate,
    outcome: {
      status: number;
      generation: number;
      revision: number;
      sliceMs: number;
      completedAtMs: number;
    },
  ): void {
    this.range.starts[0] = segment.start;
    this.range.ends[0] = segment.end;
    this.rows.load({ bytes: segment.chunk.bytes, ...this.range, length: 1 });
    this.eventColumns.append(this.rows, 0);
    this.appendMentions(aggregate, outcome.sliceMs);
    const lead = this.appendLead(segment, aggregate);
    const themes = this.appendContexts();
    this.sentence.appendString(sentence(this.sentenceInput(aggregate, lead, themes)));
    this.status.appendString(STATUSES[outcome.status]!);
    this.generation.append(outcome.generation);
    this.revision.append(outcome.revision);
    this.slice.append(outcome.sliceMs);
    if (Number.isNaN(outcome.completedAtMs)) this.completedAt.appendNull();
    else this.completedAt.append(outcome.completedAtMs);
    this.committedAt.appendNull();
  }

  private appendMentions(aggregate: EventAggregate, sliceMs: number): void {
    const { mentionCount, toneAverage } = aggregate;
    this.mentionCount.append(mentionCount);
    this.sourceCount.append(aggregate.sourceCount);
    this.documentCount.append(this.contexts.count);
    if (mentionCount === 0) {
      this.firstMention.appendNull();
      this.lastMention.appendNull();
      this.revisedSlice.append(sliceMs);
    } else {
      this.firstMention.append(aggregate.firstMentionMs);
      this.lastMention.append(aggregate.lastMentionMs);
      this.revisedSlice.append(Math.max(sliceMs, aggregate.lastMentionMs));
    }
    if (toneAverage === null) this.toneAverage.appendNull();
    else this.toneAverage.append(toneAverage);
  }

  private appendLead(segment: Segment, { lead, leadDocument }: EventAggregate): string | null {
    if (lead < 0 || leadDocument === null) {
      this.leadSource.appendNull();
      this.leadIdentifier.appendNull();
      this.leadTone.appendNull();
      this.leadConfidence.appendNull();
      return null;
    }
    const { bytes, sourceStart, sourceEnd, identifierStart, identifierEnd } = leadDocument;
    this.leadSource.appendOrNull(bytes, sourceStart, sourceEnd);
    this.leadIdentifier.appendOrNull(bytes, identifierStart, identifierEnd);
    segment.at(lead);
    const { view } = segment.chunk;
    const tone = view.getFloat64(segment.start + M.TONE, true);
    const confidence = view.getInt32(segment.start + M.CONFIDENCE, true);
    if (Number.isNaN(tone)) this.leadTone.appendNull();
    else this.leadTone.append(tone);
    if (confidence === M.NO_INT) this.leadConfidence.appendNull();
    else this.leadConfidence.append(confidence);
    return sourceEnd > sourceStart ? text(bytes, sourceStart, sourceEnd) : null;
  }

  /** Lists and tone of the documents; the first themes, for the sentence. */
  private appendContexts(): string[] {
    const { contexts } = this;
    this.firstThemes = [];
    this.appendNames(this.themes, contexts.themes, this.themeTarget);
    this.appendNames(this.persons, contexts.persons, this.persons);
    this.appendNames(this.organizations, contexts.organizations, this.organizations);
    if (contexts.toneAverage === null) this.gkgTone.appendNull();
    else this.gkgTone.append(contexts.toneAverage);
    return this.firstThemes;
  }

  private appendNames(
    column: TextListColumn,
    lists: readonly NameRange[],
    target: NameTarget,
  ): void {
    for (const { bytes, start, end } of lists) this.names.add(bytes, start, end);
    this.names.writeTop(target);
    column.endList();
  }

  private sentenceInput(
    aggregate: EventAggregate,
    leadSource: string | null,
    themes: string[],
  ): SentenceInput {
    const { rows } = this;
    return {
      actor1Name: rows.text(0, EVENT.Actor1Name),
      actor1CountryCode: rows.text(0, EVENT.Actor1CountryCode),
      actor1TypeCode: rows.text(0, EVENT.Actor1Type1Code),
      actor2Name: rows.text(0, EVENT.Actor2Name),
      actor2CountryCode: rows.text(0, EVENT.Actor2CountryCode),
      actor2TypeCode: rows.text(0, EVENT.Actor2Type1Code),
      eventCode: rows.text(0, EVENT.EventCode),
      place: rows.text(0, EVENT.ActionGeo_Fullname),
      leadSource,
      sourceCount: aggregate.sourceCount,
      tone: aggregate.toneAverage,
      themes,
    };
  }
}

const text = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8", start, end);
