import type { TsvRows } from "../gdelt/tsv-rows.ts";
import type { Batch } from "../operators/batch.ts";
import { coGroup, type GroupHandler, type Groups } from "../operators/co-group.ts";
import type { JoinOperator, OperatorContext, SliceClose, StateUse } from "../operators/operator.ts";
import { Hash128 } from "../record/hash.ts";
import { END_OF_STREAM } from "../record/slice-end.ts";
import { ENTRY_BYTES_MAX } from "../state/slab.ts";
import type { Segment, WindowStore } from "../state/window-store.ts";
import type { ArrowRows } from "./arrow-rows.ts";
import { AttributedMentionsReader } from "./attributed-mentions.ts";
import { DocumentReader } from "./document-entry.ts";
import * as Emission from "./emission-entry.ts";
import { EMITTED, EVENT, EventGroup, MENTION, NEW } from "./event-group.ts";
import { EventKey } from "./event-key.ts";
import * as M from "./mention-entry.ts";
import { SilverTables } from "./silver-tables.ts";
import { splitEvents } from "./split-events.ts";

export interface CompleteEventsSpec {
  /** Window stores: chains of events, marks of changed ones, documents with their context. */
  readonly events: string;
  readonly changes: string;
  readonly documents: string;
  /** How long an event waits for mentions, in event time. */
  readonly retentionMs: number;
  /** Feeds that carry events: a slice's events are all there when all of these have closed it. */
  readonly eventFeeds: readonly string[];
}

interface Inputs {
  readonly events: TsvRows;
  readonly mentions: ArrowRows;
}

/**
 * The second join: events with their mentions, by GlobalEventID, in the segment of the event's own
 * slice (which a mention names in EventTimeDate, so no other is searched).
 *
 * A group is a chain: the event's row, its mentions, and an emission for each slice that changed
 * it. Nothing is aggregated in state: a changed event is computed anew from its chain, so the order
 * of arrival leaves no trace. At a close each new mention is emitted once, joined or as an orphan,
 * and each changed event once. When an event comes after its mentions, or a reason to call them
 * orphans changes, they are emitted again, at the group's next revision.
 */
export const completeEvents = (spec: CompleteEventsSpec): JoinOperator<Inputs, ArrowRows> => {
  const operator = coGroup<Inputs, ArrowRows>({
    rows: spec.events,
    changes: spec.changes,
    open: (context) => new CompleteEvents(spec, context),
  });
  const split: StateUse["split"] = (from, to) => splitEvents(spec, from, to);
  return Object.assign(operator, { split });
};

class CompleteEvents implements GroupHandler<Inputs, ArrowRows> {
  private readonly spec: CompleteEventsSpec;
  private readonly context: OperatorContext;
  private readonly documents: WindowStore;
  private readonly tables: SilverTables;
  private readonly group = new EventGroup();
  private readonly reader = new AttributedMentionsReader();
  private readonly writer = new M.MentionWriter();
  private readonly document = new DocumentReader();
  private readonly key = new EventKey();
  private readonly hash = new Hash128();
  private documentPositions = new Int32Array(256);
  /** Groups to visit in the close at hand. */
  private changed: { segment: Segment; high: number; low: number }[] = [];
  private oldestStartMs: number;

  readonly sides = {
    events: (batch: Batch<TsvRows>, groups: Groups) => this.addEvents(batch, groups),
    mentions: (batch: Batch<ArrowRows>, groups: Groups) => this.addMentions(batch, groups),
  };

  constructor(spec: CompleteEventsSpec, context: OperatorContext) {
    this.spec = spec;
    this.context = context;
    this.documents = context.store(spec.documents);
    this.tables = new SilverTables(context, this.documents);
    this.oldestStartMs = context.slices.startMs;
  }

  private addEvents({ rows, length }: Batch<TsvRows>, groups: Groups): void {
    const { key } = this;
    for (let row = 0; row < length; row++) {
      key.readEvent(rows, row);
      const segment = groups.open(key.timeMs);
      if (this.hasEvent(segment)) {
        this.context.count("duplicates.events", 1);
        continue;
      }
      const start = rows.rowStart(row);
      const end = rows.rowEnd(row);
      segment.append(key.high, key.low, EVENT, rows.bytes, start, end);
      groups.mark(key.timeMs, key.timeMs, key.high, key.low);
      this.context.count("rows.events", 1);
    }
  }

  private hasEvent(segment: Segment): boolean {
    let position = segment.head(this.key.high, this.key.low);
    for (; position >= 0; position = segment.previous) {
      segment.at(position);
      if (segment.tag === EVENT) return true;
    }
    return false;
  }

  private addMentions({ rows }: Batch<ArrowRows>, groups: Groups): void {
    for (const ipc of rows.batches) {
      this.reader.load(ipc);
      if (this.reader.length === 0) continue;
      this.addDocuments();
      for (let row = 0; row < this.reader.length; row++) this.addMention(row, groups);
    }
  }

  /** Puts the batch's documents into the store, or finds them there. All are of one slice. */
  private addDocuments(): void {
    const { documents } = this.reader;
    if (documents.count > this.documentPositions.length) {
      this.documentPositions = new Int32Array(documents.count * 2);
    }
    this.reader.write(0, this.writer);
    const segment = this.documents.openSegment(this.writer.view.getFloat64(M.MENTION_TIME, true));
    for (let i = 0; i < documents.count; i++) {
      const start = documents.offsets[i]!;
      const end = documents.offsets[i + 1]!;
      this.documentPositions[i] = this.addDocument(segment, documents.bytes, start, end);
    }
  }

  private addDocument(segment: Segment, bytes: Uint8Array, start: number, end: number): number {
    const { hasContext, contextStart } = this.document.read(bytes, start, end);
    const { a, b } = this.hash.update(bytes, start + 1, contextStart);
    for (let at = segment.head(a, b); at >= 0; at = segment.previous) {
      segment.at(at);
      const known = this.document.read(segment.chunk.bytes, segment.start, segment.end);
      if (known.hasContext === hasContext) return at;
    }
    // A context over the limit would fail the task for ever: the document goes without it.
    if (end - start <= ENTRY_BYTES_MAX) return segment.append(a, b, 0, bytes, start, end);
    this.context.count("documents.too-large", 1);
    const bare = bytes.slice(start, contextStart);
    bare[0] = 0;
    return segment.append(a, b, 0, bare, 0, bare.length);
  }

  private addMention(row: number, groups: Groups): void {
    const { reader, writer, key } = this;
    const { view } = writer;
    reader.write(row, writer);
    view.setInt32(M.DOCUMENT, this.documentPositions[reader.documentIndex[row]!]!, true);
    key.readMention(view);
    const mentionMs = view.getFloat64(M.MENTION_TIME, true);
    const groupMs = this.groupTime(key.timeMs, mentionMs);
    const segment = groups.open(groupMs);
    if (this.isDuplicate(segment, mentionMs)) {
      this.context.count("duplicates.mentions", 1);
      return;
    }
    segment.append(key.high, key.low, MENTION, writer.bytes, 0, writer.end);
    groups.mark(mentionMs, groupMs, key.high, key.low);
    this.context.count("rows.mentions", 1);
  }

  /** A mention whose event has expired is kept with its own slice: only duplicates look for it. */
  private groupTime(eventMs: number, mentionMs: number): number {
    const { retentionMs } = this.spec;
    const expired = eventMs <= this.context.slices.streamTimeMs - retentionMs;
    return mentionMs - eventMs > retentionMs || expired ? mentionMs : eventMs;
  }

  /** Equal in its natural key to one that is there, without bringing the context that one lacks. */
  private isDuplicate(segment: Segment, mentionMs: number): boolean {
    const { view } = this.writer;
    let position = segment.head(this.key.high, this.key.low);
    for (; position >= 0; position = segment.previous) {
      segment.at(position);
      if (segment.tag !== MENTION) continue;
      const { view: there } = segment.chunk;
      if (!M.haveSameKey(there, segment.start, view, 0)) continue;
      const known = there.getInt32(segment.start + M.DOCUMENT, true);
      const given = view.getInt32(M.DOCUMENT, true);
      return (
        known === given || this.hasContext(mentionMs, known) || !this.hasContext(mentionMs, given)
      );
    }
    return false;
  }

  private hasContext(sliceMs: number, document: number): boolean {
    const segment = this.documents.segmentAt(sliceMs)!;
    segment.at(document);
    return segment.chunk.bytes[segment.start] === 1;
  }

  /**
   * A slice's events turn the mentions that waited for them into joined ones, or into those of a
   * foreign stream; an earlier start of the stream tells gaps from what lies before it.
   */
  beforeClose({ sliceMs }: SliceClose, groups: Groups): void {
    const { startMs } = this.context.slices;
    if (sliceMs === END_OF_STREAM) return;
    this.markAll(groups.rows.segmentAt(sliceMs), sliceMs, groups);
    if (startMs < this.oldestStartMs) {
      for (const id of groups.rows.segmentIds()) {
        const segment = groups.rows.segment(id)!;
        const timeMs = groups.rows.timeOf(id);
        if (timeMs >= startMs && timeMs < this.oldestStartMs && timeMs !== sliceMs) {
          this.markAll(segment, sliceMs, groups);
        }
      }
    }
    this.oldestStartMs = startMs;
  }

  private markAll(segment: Segment | undefined, sliceMs: number, groups: Groups): void {
    if (segment === undefined) return;
    const timeMs = groups.rows.timeOf(segment.id);
    segment.forEachHead((position) => {
      segment.at(position);
      groups.mark(sliceMs, timeMs, segment.high, segment.low);
    });
  }

  visit(segment: Segment, head: number): void {
    segment.at(head);
    this.changed.push({ segment, high: segment.high, low: segment.low });
  }

  afterClose(close: SliceClose, groups: Groups): Batch<ArrowRows>[] {
    // By slice, so that the rows of one day lie together in the tables' partitions.
    this.changed.sort((a, b) => a.segment.id - b.segment.id);
    for (const { segment, high, low } of this.changed) {
      this.emit(segment, high, low, groups.rows.timeOf(segment.id), close);
    }
    this.changed = [];
    // The end of the stream has no time of its own: as a record's it would expire all others.
    const lastMs = groups.rows.timeOf(groups.rows.segmentIds().at(-1) ?? 0);
    const timeMs = close.sliceMs === END_OF_STREAM ? lastMs : close.sliceMs;
    this.expire(close, groups);
    return this.tables.take().map(({ output, batches }) => ({
      rows: { batches },
      length: batches.length,
      partition: this.context.partition,
      keys: null,
      timestampsMs: new Float64Array(batches.length).fill(timeMs),
      records: null,
      output,
    }));
  }

  private emit(segment: Segment, high: number, low: number, timeMs: number, close: SliceClose) {
    const { group } = this;
    group.read(segment, segment.head(high, low), close.sliceMs, close.sliceMs === END_OF_STREAM);
    const { last } = group;
    const joined = group.event >= 0 && this.isEventClosed(timeMs, close.sliceMs);
    if (!joined && group.count === 0) return;
    const reason = joined ? Emission.NO_REASON : this.orphanReason(timeMs);
    const hadEvent = last !== null && last.status !== Emission.NO_EVENT;
    const again = last !== null && (joined !== hadEvent || reason !== last.reason);
    if (!again && last !== null && !group.anyNew) return;
    const emission = this.tables.add(group, {
      sliceMs: close.sliceMs,
      eventMs: timeMs,
      joined,
      reason,
      again,
      expired: false,
    });
    segment.append(high, low, EMITTED, Emission.encodeEmission(emission), 0, 24);
  }

  /**
   * Whether events of that slice are complete. Not so at the close of an attempt that lacks them,
   * though rows of a later attempt may be there: the next close would take the event back.
   */
  private isEventClosed(timeMs: number, sliceMs: number): boolean {
    const { slices } = this.context;
    return (
      sliceMs === END_OF_STREAM ||
      this.spec.eventFeeds.some((feed) => slices.isClosed(timeMs, feed))
    );
  }

  /** Why a group has no event. A mention that came too late lies in a segment of its own slice. */
  private orphanReason(groupMs: number): number {
    const { group, spec } = this;
    const { slices } = this.context;
    const position = group.mentions[0]!;
    group.segment.at(position);
    const { chunk, start } = group.segment;
    const eventMs = chunk.view.getFloat64(start + M.EVENT_TIME, true);
    if (eventMs !== groupMs) return Emission.OLDER_THAN_RETENTION;
    if (eventMs < slices.startMs) return Emission.BEFORE_START;
    const complete = spec.eventFeeds.every((feed) => slices.isClosed(eventMs, feed));
    return complete ? Emission.FOREIGN_STREAM : Emission.SLICE_MISSING;
  }

  /** Ends the wait of events whose retention is over; their segments are dropped whole. */
  private expire({ streamTimeMs, sliceMs }: SliceClose, groups: Groups): void {
    const { rows } = groups;
    for (const id of rows.segmentIds()) {
      const timeMs = rows.timeOf(id);
      if (timeMs > streamTimeMs - this.spec.retentionMs) break;
      // A slice as old as the retention may be open again: its own close drops it.
      if (groups.hasChanges(timeMs) && sliceMs !== END_OF_STREAM) continue;
      const segment = rows.segment(id)!;
      const heads: number[] = [];
      segment.forEachHead((position) => heads.push(position));
      for (const head of heads) {
        this.moveOpenMentions(segment, head, sliceMs, groups);
        this.group.read(segment, head, sliceMs, false);
        if (this.group.event < 0 || this.group.last?.status !== Emission.WAITING) continue;
        this.tables.add(this.group, {
          sliceMs,
          eventMs: timeMs,
          joined: true,
          reason: Emission.NO_REASON,
          again: false,
          expired: true,
        });
      }
      rows.drop(id);
    }
    for (const id of this.documents.segmentIds()) {
      if (this.documents.timeOf(id) > streamTimeMs - this.spec.retentionMs) break;
      this.documents.drop(id);
    }
  }

  /**
   * Mentions whose own slice has still to close may lie with an event that is about to be dropped:
   * they had come before the close which ends its wait. They go on as if they had come after it.
   */
  private moveOpenMentions(segment: Segment, head: number, sliceMs: number, groups: Groups): void {
    const { group } = this;
    if (sliceMs === END_OF_STREAM) return;
    group.read(segment, head, sliceMs, true);
    for (let i = 0; i < group.count; i++) {
      if (group.isNew[i] !== NEW) continue;
      segment.at(group.mentions[i]!);
      const { chunk, start, end } = segment;
      const mentionMs = chunk.view.getFloat64(start + M.MENTION_TIME, true);
      const entry = chunk.bytes.slice(start, end);
      groups.open(mentionMs).append(group.high, group.low, MENTION, entry, 0, entry.length);
      groups.mark(mentionMs, mentionMs, group.high, group.low);
    }
  }
}
