import { GKG } from "../gdelt/columns.ts";
import { DocumentContextReader, DocumentDistiller } from "../gdelt/document-context.ts";
import { GrowableBytes } from "../gdelt/growable-bytes.ts";
import { NumberParser } from "../gdelt/parse-number.ts";
import type { TsvRows } from "../gdelt/tsv-rows.ts";
import type { Batch } from "../operators/batch.ts";
import { coGroup, type GroupHandler, type Groups } from "../operators/co-group.ts";
import type { JoinOperator, OperatorContext, SliceClose, StateUse } from "../operators/operator.ts";
import { Hash128 } from "../record/hash.ts";
import { END_OF_STREAM } from "../record/slice-end.ts";
import { ENTRY_BYTES_MAX } from "../state/slab.ts";
import type { Segment, WindowStore } from "../state/window-store.ts";
import type { ArrowRows } from "./arrow-rows.ts";
import {
  CONTEXT,
  DocumentGroup,
  MENTION,
  OUTCOME,
  TOUCHED,
  UNUSED,
  USED,
} from "./document-group.ts";
import * as M from "./mention-entry.ts";
import { MentionParser } from "./mention-parser.ts";
import { MentionRouter, type Range } from "./mention-router.ts";
import { splitDocuments } from "./split-documents.ts";

export interface AttributeMentionsSpec {
  /** Window stores: mentions of open slices, marks, GKG rows, mentions that lack a context. */
  readonly mentions: string;
  readonly changes: string;
  readonly documents: string;
  readonly unattributed: string;
  /** The repartition topic, whose partitions the mentions are sorted into. */
  readonly topic: string;
  /** How long a document is kept after its slice, and how long what is incomplete waits. */
  readonly documentRetentionMs: number;
  readonly eventRetentionMs: number;
  /** Feeds that carry mentions: while one of them is missing a slice's documents are kept. */
  readonly mentionFeeds: readonly string[];
}

interface Inputs {
  readonly mentions: TsvRows;
  readonly gkg: TsvRows;
}

/** A distilled row over this is left out, and counted: it would not fit an entry of the state. */
const GKG_BYTES_MAX = ENTRY_BYTES_MAX - M.TEXT_BYTES_MAX;

/**
 * The first join: mentions with the GKG row of their document, by document, within a slice. At its
 * close every mention of a slice goes on once, with its document's context or without. One without
 * is remembered as long as its event: when the slice's GKG file comes late, it goes on again, with
 * the context. Of several GKG rows of one document the smallest record id stands.
 *
 * Mentions are state only while their slice is open: mostly they come and go between two commits,
 * and no checkpoint ever holds them.
 */
export const attributeMentions = (spec: AttributeMentionsSpec): JoinOperator<Inputs, ArrowRows> => {
  const operator = coGroup<Inputs, ArrowRows>({
    rows: spec.mentions,
    changes: spec.changes,
    open: (context) => new AttributeMentions(spec, context),
  });
  const split: StateUse["split"] = (from, to) => splitDocuments(spec, from, to);
  return Object.assign(operator, { split });
};

class AttributeMentions implements GroupHandler<Inputs, ArrowRows> {
  private readonly spec: AttributeMentionsSpec;
  private readonly context: OperatorContext;
  private readonly documents: WindowStore;
  private readonly unattributed: WindowStore;
  private readonly router: MentionRouter;
  private readonly group = new DocumentGroup();
  private readonly parser = new NumberParser();
  private readonly mentionParser = new MentionParser();
  private readonly mention = new M.MentionWriter();
  private readonly distiller = new DocumentDistiller();
  private readonly gkg = new GrowableBytes();
  private readonly reader = new DocumentContextReader();
  private readonly hash = new Hash128();
  private readonly flag = new Uint8Array(1);

  readonly sides = {
    mentions: (batch: Batch<TsvRows>, groups: Groups) => this.addMentions(batch, groups),
    gkg: (batch: Batch<TsvRows>, groups: Groups) => this.addGkg(batch, groups),
  };

  constructor(spec: AttributeMentionsSpec, context: OperatorContext) {
    this.spec = spec;
    this.context = context;
    this.documents = context.store(spec.documents);
    this.unattributed = context.store(spec.unattributed);
    this.router = new MentionRouter(context.partitions(spec.topic));
  }

  private addMentions({ rows, length }: Batch<TsvRows>, groups: Groups): void {
    const { mention } = this;
    for (let row = 0; row < length; row++) {
      this.mentionParser.write(rows, row, mention);
      const start = M.textStart(mention.view, 0, M.IDENTIFIER);
      const end = start + M.textLength(mention.view, 0, M.IDENTIFIER);
      const { a, b } = this.hash.update(mention.bytes, start, end);
      const sliceMs = mention.view.getFloat64(M.MENTION_TIME, true);
      groups.open(sliceMs).append(a, b, MENTION, mention.bytes, 0, mention.end);
      groups.mark(sliceMs, sliceMs, a, b);
    }
  }

  private addGkg({ rows, length }: Batch<TsvRows>, groups: Groups): void {
    const { gkg, parser } = this;
    for (let row = 0; row < length; row++) {
      const start = rows.fieldStart(row, GKG.DocumentIdentifier);
      const end = rows.fieldEnd(row, GKG.DocumentIdentifier);
      this.writeGkg(rows, row, start, end);
      if (gkg.length > GKG_BYTES_MAX) {
        this.context.count("gkg.too-large", 1);
        continue;
      }
      parser.stamp(rows.bytes, rows.fieldStart(row, GKG.DATE), rows.fieldEnd(row, GKG.DATE));
      const sliceMs = parser.value;
      const { a, b } = this.hash.update(rows.bytes, start, end);
      const segment = this.documents.openSegment(sliceMs);
      if (this.isDuplicate(segment, a, b)) {
        this.context.count("duplicates.gkg", 1);
        continue;
      }
      segment.append(a, b, CONTEXT, gkg.bytes, 0, gkg.length);
      groups.open(sliceMs).append(a, b, TOUCHED, gkg.bytes, 0, 0);
      groups.mark(sliceMs, sliceMs, a, b);
      this.context.count("rows.gkg", 1);
    }
  }

  private writeGkg(rows: TsvRows, row: number, start: number, end: number): void {
    const { gkg } = this;
    const length = end - start;
    gkg.clear();
    gkg.reserve(length + 2);
    gkg.view.setUint16(0, length, true);
    gkg.bytes.set(rows.bytes.subarray(start, end), 2);
    gkg.length = length + 2;
    this.distiller.distil(rows, row, gkg);
  }

  /** Whether the row in `gkg` is there already: same document, same record id. */
  private isDuplicate(segment: Segment, high: number, low: number): boolean {
    const { gkg } = this;
    const given = rangeOf(this.reader, gkg.bytes, 0);
    for (let at = segment.head(high, low); at >= 0; at = segment.previous) {
      segment.at(at);
      if (segment.tag !== CONTEXT) continue;
      const known = rangeOf(this.reader, segment.chunk.bytes, segment.start);
      if (compare(given, known) === 0) return true;
    }
    return false;
  }

  visit(segment: Segment, head: number, _close: SliceClose, groups: Groups): void {
    const { group, router } = this;
    const sliceMs = groups.rows.timeOf(segment.id);
    segment.at(head);
    const { high, low } = segment;
    const document = this.documents.segmentAt(sliceMs);
    group.readMentions(segment, head);
    group.readContexts(document, high, low);
    const context = document === undefined ? null : this.smallestContext(document);
    router.startDocument(sliceMs, context);
    // Those that came before go first: of two equal ones the first to have a context stands.
    let used = context !== null && this.sendRemembered(sliceMs, high, low);
    for (const position of group.mentions) {
      segment.at(position);
      const { chunk, start } = segment;
      const isWeb = M.isOnWeb(segment);
      router.send(chunk.bytes, chunk.view, start, isWeb);
      if (isWeb && context !== null) used = true;
      if (isWeb && context === null) this.remember(segment, sliceMs);
    }
    if (context === null) return;
    this.setOutcome(sliceMs, high, low, used ? USED : UNUSED);
  }

  /** Of several equal ones the first: it alone counts, and a second going on would be a duplicate. */
  private remember(segment: Segment, sliceMs: number): void {
    const { high, low, chunk, start, end } = segment;
    const target = this.unattributed.openSegment(sliceMs);
    for (let at = target.head(high, low); at >= 0; at = target.previous) {
      target.at(at);
      if (target.tag !== MENTION) continue;
      if (M.haveSameKey(target.chunk.view, target.start, chunk.view, start)) return;
    }
    target.append(high, low, MENTION, chunk.bytes, start, end);
  }

  /** Sends what had gone on without a context, now that there is one. */
  private sendRemembered(sliceMs: number, high: number, low: number): boolean {
    const segment = this.unattributed.segmentAt(sliceMs);
    const head = segment?.head(high, low) ?? -1;
    if (segment === undefined || head < 0) return false;
    const positions: number[] = [];
    for (let at = head; at >= 0; at = segment.previous) {
      segment.at(at);
      if (segment.tag === OUTCOME) break;
      positions.push(at);
    }
    if (positions.length === 0) return false;
    for (const position of positions.reverse()) {
      segment.at(position);
      this.router.send(segment.chunk.bytes, segment.chunk.view, segment.start, true);
    }
    this.flag[0] = USED;
    this.unattributed.openSegment(sliceMs).append(high, low, OUTCOME, this.flag, 0, 1);
    return true;
  }

  /** Remembers and counts what has become of the document's GKG row. */
  private setOutcome(sliceMs: number, high: number, low: number, outcome: number): void {
    const before = this.group.outcome;
    if (outcome <= before) return;
    this.flag[0] = outcome;
    this.documents.openSegment(sliceMs).append(high, low, OUTCOME, this.flag, 0, 1);
    this.context.count(outcome === USED ? "gkg.used" : "gkg.unused", 1);
    if (before === UNUSED) this.context.count("gkg.unused", -1);
  }

  private smallestContext(segment: Segment): Range | null {
    let smallest: Range | null = null;
    let smallestId: Range | null = null;
    for (const position of this.group.contexts) {
      segment.at(position);
      const { bytes } = segment.chunk;
      const id = rangeOf(this.reader, bytes, segment.start);
      if (smallestId !== null && compare(id, smallestId) >= 0) continue;
      smallestId = id;
      smallest = { bytes, start: contextStart(bytes, segment.start), end: segment.end };
    }
    return smallest;
  }

  afterClose(close: SliceClose, groups: Groups): Batch<ArrowRows>[] {
    this.expire(close, groups);
    return this.router.take();
  }

  /** Drops documents soon, unless mentions of their slice may still come, and the rest in time. */
  private expire({ streamTimeMs, sliceMs: closedMs }: SliceClose, groups: Groups): void {
    const { documentRetentionMs, eventRetentionMs, mentionFeeds } = this.spec;
    const { rows } = groups;
    const ended = closedMs === END_OF_STREAM ? rows.segmentIds() : [rows.segmentOf(closedMs)];
    for (const id of ended) rows.drop(id);
    for (const id of this.documents.segmentIds()) {
      const sliceMs = this.documents.timeOf(id);
      if (sliceMs > streamTimeMs - documentRetentionMs) break;
      const settled = mentionFeeds.every((feed) => this.context.slices.isClosed(sliceMs, feed));
      const old = sliceMs <= streamTimeMs - eventRetentionMs;
      if (old || (settled && !groups.hasChanges(sliceMs))) this.documents.drop(id);
    }
    for (const id of this.unattributed.segmentIds()) {
      if (this.unattributed.timeOf(id) > streamTimeMs - eventRetentionMs) break;
      this.unattributed.drop(id);
    }
  }
}

const contextStart = (bytes: Uint8Array, start: number): number =>
  start + 2 + (bytes[start]! | (bytes[start + 1]! << 8));

/** The record id of the GKG row whose entry begins at `start`. */
function rangeOf(reader: DocumentContextReader, bytes: Uint8Array, start: number): Range {
  reader.read(bytes, contextStart(bytes, start));
  return { bytes, start: reader.recordIdStart, end: reader.recordIdEnd };
}

const compare = (a: Range, b: Range): number =>
  Buffer.compare(a.bytes.subarray(a.start, a.end), b.bytes.subarray(b.start, b.end));
