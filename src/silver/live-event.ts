import { DocumentContextReader } from "../gdelt/document-context.ts";
import { type JsonRow, jsonRows } from "../gdelt/json-row.ts";
import type { WindowStore } from "../state/window-store.ts";
import * as E from "./emission-entry.ts";
import { EventAggregate } from "./event-aggregate.ts";
import { EMITTED, EventGroup } from "./event-group.ts";
import { highOf, lowOf } from "./event-key.ts";
import { SilverEventsWriter } from "./silver-events-writer.ts";
import { SilverMentionsWriter } from "./silver-mentions-writer.ts";

/** A close at which the event was emitted. */
export interface LiveStep {
  readonly state: string;
  readonly revision: number;
  /** The slice that was closed. */
  readonly sliceMs: number;
  /** When it was complete for the first time; null: it was not. */
  readonly completedAtMs: number | null;
}

/** What the state of the second join holds of one event, as rows of the tables would say it. */
export interface LiveEvent {
  /** null: only mentions speak of it so far. */
  readonly event: JsonRow | null;
  /** Those that come first by their keys, */
  readonly mentions: readonly JsonRow[];
  /** of so many. */
  readonly mentionCount: number;
  /** Oldest first; none: its slice has not closed yet. */
  readonly steps: readonly LiveStep[];
}

export interface LiveEventQuery {
  readonly id: number;
  readonly generation: number;
  readonly mentionsMax: number;
}

/**
 * Reads an event as a close would make it now, mentions of slices that are still open among them. It
 * changes nothing; but cold chunks that it reads stay in memory until the next commit. Null: nothing
 * speaks of the event.
 */
export function readLiveEvent(
  chains: WindowStore,
  documents: WindowStore,
  query: LiveEventQuery,
): LiveEvent | null {
  const found = findGroup(chains, query.id);
  if (found === null) return null;
  const { group, timeMs } = found;
  const aggregate = new EventAggregate(documents);
  aggregate.read(group);
  return {
    event: group.event >= 0 ? eventRow(group, aggregate, timeMs, query.generation) : null,
    mentions: mentionRows(group, aggregate, query),
    mentionCount: group.count,
    steps: stepsOf(group),
  };
}

/** In which slice the event lies its id does not say; mentions that came too late lie in others. */
function findGroup(
  chains: WindowStore,
  id: number,
): { readonly group: EventGroup; readonly timeMs: number } | null {
  let found: { group: EventGroup; timeMs: number } | null = null;
  for (const segmentId of chains.segmentIds().reverse()) {
    const segment = chains.segment(segmentId)!;
    const head = segment.head(highOf(id), lowOf(id));
    if (head < 0) continue;
    const group = new EventGroup();
    group.read(segment, head, Number.NaN, true);
    found ??= { group, timeMs: chains.timeOf(segmentId) };
    if (group.event >= 0) return { group, timeMs: chains.timeOf(segmentId) };
  }
  return found;
}

function stepsOf({ segment, high, low }: EventGroup): LiveStep[] {
  const steps: LiveStep[] = [];
  for (let at = segment.head(high, low); at >= 0; at = segment.previous) {
    segment.at(at);
    if (segment.tag !== EMITTED) continue;
    const { revision, status, reason, sliceMs, completedAtMs } = E.decodeEmission(
      segment.chunk.view,
      segment.start,
    );
    steps.push({
      state: status === E.NO_EVENT ? `orphan: ${E.ORPHAN_REASONS[reason]}` : E.STATUSES[status]!,
      revision,
      sliceMs,
      completedAtMs: Number.isNaN(completedAtMs) ? null : completedAtMs,
    });
  }
  return steps.reverse();
}

function eventRow(
  group: EventGroup,
  aggregate: EventAggregate,
  sliceMs: number,
  generation: number,
): JsonRow {
  const writer = new SilverEventsWriter(new DocumentContextReader());
  writer.contexts.read(aggregate.documents);
  const { last } = group;
  group.segment.at(group.event);
  writer.append(group.segment, aggregate, {
    status: writer.contexts.count > 0 ? E.COMPLETE : E.WAITING,
    generation,
    revision: last?.revision ?? 0,
    sliceMs,
    completedAtMs: last?.completedAtMs ?? Number.NaN,
  });
  return jsonRows(writer.builder.batch())[0]!;
}

function mentionRows(
  group: EventGroup,
  aggregate: EventAggregate,
  { generation, mentionsMax }: LiveEventQuery,
): JsonRow[] {
  const writer = new SilverMentionsWriter(new DocumentContextReader());
  const { segment, last } = group;
  const outcome = {
    joined: group.event >= 0,
    reason: last?.reason ?? E.NO_REASON,
    generation,
    revision: last?.revision ?? 0,
  };
  for (let i = 0; i < Math.min(group.count, mentionsMax); i++) {
    segment.at(group.mentions[i]!);
    writer.append(segment, aggregate.documents[aggregate.documentOf[i]!]!, outcome);
  }
  return jsonRows(writer.builder.batch());
}
