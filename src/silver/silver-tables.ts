import { DocumentContextReader } from "../gdelt/document-context.ts";
import { lifecycleSchema } from "../gdelt/silver-schema.ts";
import type { OperatorContext } from "../operators/operator.ts";
import { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import type { BytesColumn } from "../record/arrow/byte-columns.ts";
import type { Int32Column, Int64Column } from "../record/arrow/number-columns.ts";
import { END_OF_STREAM } from "../record/slice-end.ts";
import type { WindowStore } from "../state/window-store.ts";
import * as E from "./emission-entry.ts";
import { EventAggregate } from "./event-aggregate.ts";
import { type EventGroup, KNOWN, NEW } from "./event-group.ts";
import { waitCounter } from "./event-waits.ts";
import * as M from "./mention-entry.ts";
import { SilverEventsWriter } from "./silver-events-writer.ts";
import { SilverMentionsWriter } from "./silver-mentions-writer.ts";

/** Rows of one Arrow batch at the most, so that a record stays small enough for any log. */
const BATCH_ROWS_MAX = 2048;

/** More than a group has in one generation. */
const REVISIONS = 1_000_000;

/** The outputs of the second join, by the name of their table. */
const SILVER_OUTPUTS = ["events", "mentions", "lifecycle"] as const;
type SilverOutput = (typeof SILVER_OUTPUTS)[number];

/** What a close makes of a group. */
export interface GroupOutcome {
  /** The slice which causes it. */
  readonly sliceMs: number;
  /** The event's own slice. */
  readonly eventMs: number;
  readonly joined: boolean;
  readonly reason: number;
  /** Mentions that were emitted before are emitted anew. */
  readonly again: boolean;
  readonly expired: boolean;
}

/** Turns groups into rows of the three Silver tables, as Arrow batches. */
export class SilverTables {
  private readonly context: OperatorContext;
  private readonly aggregate: EventAggregate;
  private readonly reader = new DocumentContextReader();
  private readonly events = new SilverEventsWriter(this.reader);
  private readonly mentions = new SilverMentionsWriter(this.reader);
  private readonly lifecycle = new LifecycleWriter();
  private readonly full: Record<SilverOutput, Uint8Array[]> = {
    events: [],
    mentions: [],
    lifecycle: [],
  };

  constructor(context: OperatorContext, documents: WindowStore) {
    this.context = context;
    this.aggregate = new EventAggregate(documents);
  }

  /** Writes what the group has to say; what is to be remembered of it. */
  add(group: EventGroup, outcome: GroupOutcome): E.Emission {
    const { aggregate, context } = this;
    const { last } = group;
    aggregate.read(group);
    const revision = (last?.revision ?? 0) + 1;
    if (!outcome.expired) this.addMentions(group, outcome, revision);
    const emission = {
      revision,
      status: E.NO_EVENT as number,
      reason: outcome.reason,
      sliceMs: outcome.sliceMs,
      completedAtMs: last?.completedAtMs ?? Number.NaN,
    };
    if (!outcome.joined) return emission;
    this.events.contexts.read(aggregate.documents);
    emission.status = this.statusOf(outcome);
    if (emission.status === E.COMPLETE && Number.isNaN(emission.completedAtMs)) {
      emission.completedAtMs = context.clock.nowMs();
    }
    group.segment.at(group.event);
    const { generation } = context;
    const sliceMs = outcome.eventMs;
    this.events.append(group.segment, aggregate, { ...emission, generation, sliceMs });
    this.countEvent(last?.status ?? E.NO_EVENT, emission.status, outcome);
    this.addLifecycle(group, emission, outcome);
    if (this.events.builder.length >= BATCH_ROWS_MAX) this.flush("events", this.events.builder);
    return emission;
  }

  private statusOf({ expired }: GroupOutcome): number {
    if (this.events.contexts.count > 0) return E.COMPLETE;
    return expired ? E.EXPIRED : E.WAITING;
  }

  private addMentions(group: EventGroup, outcome: GroupOutcome, revision: number): void {
    const { aggregate, mentions } = this;
    const { segment } = group;
    const { joined, reason } = outcome;
    const rank = this.rankOf(reason, revision);
    for (let i = 0; i < group.count; i++) {
      const known = group.isNew[i]!;
      if (known === KNOWN && !outcome.again) continue;
      segment.at(group.mentions[i]!);
      const document = aggregate.documents[aggregate.documentOf[i]!]!;
      mentions.append(segment, document, { reason, joined, ...rank });
      this.countMention(known, group, outcome, document.contextEnd > document.contextStart);
      if (known === NEW && M.isOnWeb(segment)) this.context.count("documents.mentioned", 1);
      if (mentions.builder.length >= BATCH_ROWS_MAX) this.flush("mentions", mentions.builder);
    }
  }

  /**
   * After a reset the events before its start are not there any more, and an earlier generation may
   * have joined what is an orphan now: its row stands. So such an orphan comes below all of them.
   */
  private rankOf(reason: number, revision: number): { generation: number; revision: number } {
    const { generation, stateSince } = this.context;
    if (reason !== E.BEFORE_START || stateSince === 1) return { generation, revision };
    return { generation: 0, revision: generation * REVISIONS + revision };
  }

  /** Counts each mention once, under what it is now. */
  private countMention(
    known: number,
    { last }: EventGroup,
    { joined, reason }: GroupOutcome,
    hasContext: boolean,
  ): void {
    const { context } = this;
    if (known !== NEW && last !== null) {
      context.count(mentionCounter(last.status !== E.NO_EVENT, last.reason), -1);
    }
    context.count(mentionCounter(joined, reason), 1);
    // A mention that has a context never comes without it: it is new, or it has just got it.
    if (hasContext && known !== KNOWN) context.count("mentions.with_context", 1);
  }

  private countEvent(before: number, after: number, { sliceMs, eventMs }: GroupOutcome): void {
    if (before === after) return;
    // The end of the stream has no time of its own.
    if (after === E.COMPLETE && sliceMs !== END_OF_STREAM) {
      this.context.count(waitCounter(sliceMs - eventMs), 1);
    }
    if (before !== E.NO_EVENT) this.context.count(`events.${E.STATUSES[before]}`, -1);
    this.context.count(`events.${E.STATUSES[after]}`, 1);
  }

  private addLifecycle(group: EventGroup, { status }: E.Emission, outcome: GroupOutcome): void {
    const before = group.last?.status ?? E.NO_EVENT;
    const states = [
      ...(before === E.NO_EVENT ? [E.WAITING] : []),
      ...(status !== before && status !== E.WAITING ? [status] : []),
    ];
    if (states.length === 0) return;
    const { clock, generation } = this.context;
    for (const state of states) {
      const id = group.high * 4_294_967_296 + (group.low >>> 0);
      this.lifecycle.append(id, state, outcome.eventMs, generation, clock.nowMs());
    }
  }

  private flush(output: SilverOutput, builder: ArrowBatchBuilder): void {
    if (builder.length > 0) this.full[output].push(builder.encode());
  }

  /** What has been written since the last call. */
  take(): { output: SilverOutput; batches: Uint8Array[] }[] {
    this.flush("events", this.events.builder);
    this.flush("mentions", this.mentions.builder);
    this.flush("lifecycle", this.lifecycle.builder);
    const taken = SILVER_OUTPUTS.map((output) => ({ output, batches: this.full[output] }));
    for (const output of SILVER_OUTPUTS) this.full[output] = [];
    return taken.filter(({ batches }) => batches.length > 0);
  }
}

const mentionCounter = (joined: boolean, reason: number): string =>
  joined ? "mentions.joined" : `mentions.orphan.${E.ORPHAN_REASONS[reason]}`;

/** Writes rows of `audit.lifecycle`. */
class LifecycleWriter {
  readonly builder = new ArrowBatchBuilder(lifecycleSchema);
  private readonly id = this.builder.column<Int64Column>("global_event_id");
  private readonly state = this.builder.column<BytesColumn>("state");
  private readonly slice = this.builder.column<Int64Column>("slice");
  private readonly reason = this.builder.column<BytesColumn>("reason");
  private readonly generation = this.builder.column<Int32Column>("generation");
  private readonly reachedAt = this.builder.column<Int64Column>("reached_at");

  append(id: number, state: number, sliceMs: number, generation: number, nowMs: number): void {
    this.id.append(id);
    this.state.appendString(E.STATUSES[state]!);
    this.slice.append(sliceMs);
    if (state === E.EXPIRED) this.reason.appendString("retention_ended");
    else this.reason.appendNull();
    this.generation.append(generation);
    this.reachedAt.append(nowMs);
  }
}
