import type { TopicPartition } from "../../record/record-batch.ts";
import type { TopicSpec } from "../../runtime/ports.ts";
import { LogCatalog, type Partition, rangeIndex, type StoredRange } from "../log-catalog.ts";
import { bodyOf, type Frame, type FrameHeader, frameOf, headerBytes, type Place } from "./frame.ts";

/** Rows of one frame, and the segment whose commit frame says that they count. */
export interface DiskRange extends StoredRange {
  readonly place: Place;
  readonly listedIn: number;
}

/** Rows of one frame in a commit frame. */
export interface ListedRange extends TopicPartition {
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** Null: no row of the partition had a time so far. */
  readonly newestMs: number | null;
  readonly place: Place;
}

/** What becomes visible with one commit frame, all of it or nothing. Its body is this, as JSON. */
export interface Commit {
  /** First frame of a segment: this is all there is, but for the ranges listed before. */
  readonly snapshot: boolean;
  readonly topics: readonly TopicSpec[];
  readonly bounds: readonly (TopicPartition & { readonly start: number; readonly end: number })[];
  readonly ranges: readonly ListedRange[];
  readonly positions: readonly (readonly [string, string, number, string])[];
  readonly epochs: readonly (readonly [string, number])[];
  /** Topics and groups that are deleted; journals of earlier versions do not speak of any. */
  readonly deletedTopics?: readonly string[];
  readonly deletedGroups?: readonly string[];
}

export const emptyCommit: Commit = {
  snapshot: false,
  topics: [],
  bounds: [],
  ranges: [],
  positions: [],
  epochs: [],
};

/** A commit as it is in the journal. */
export interface StoredCommit extends Commit {
  /** Bytes of this segment known to be on the disk when it was written: they cannot be torn. */
  readonly durableTo: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeCommit(commit: StoredCommit): Frame {
  const text = encoder.encode(JSON.stringify(commit));
  const first = new Uint8Array(headerBytes + text.length);
  first.set(text, headerBytes);
  const none = { flags: 0, rows: 0, metaBytes: 0, valueBytes: 0, timestampMs: 0 };
  return frameOf({ kind: "commit", ...none }, first, []);
}

export const decodeCommit = (frame: Uint8Array, header: FrameHeader): StoredCommit =>
  JSON.parse(decoder.decode(bodyOf(frame, header)));

/** What the journal holds, and how commit frames change it. */
export class JournalState {
  readonly catalog = new LogCatalog<DiskRange>();
  readonly epochs = new Map<string, number>();

  /** Makes a commit visible. */
  apply(commit: Commit, listedIn: number): void {
    this.#applyAllButRanges(commit);
    for (const listed of commit.ranges) {
      const partition = this.catalog.partition(listed);
      const range = toDiskRange(listed, listedIn);
      if (range.firstOffset === partition.end) {
        partition.ranges.push(range);
        partition.end = range.nextOffset;
      } else replaceMoved(partition, range);
    }
  }

  /**
   * The same while the journal is read: ranges come in the order of the segments that list them.
   * `settle` puts them in the order of their offsets.
   */
  replay(commit: Commit, listedIn: number): void {
    if (commit.snapshot) {
      this.catalog.groups.clear();
      this.epochs.clear();
      const names = new Set(commit.topics.map(({ name }) => name));
      for (const name of this.catalog.topics.keys()) {
        if (!names.has(name)) this.catalog.topics.delete(name);
      }
    }
    this.#applyAllButRanges(commit);
    for (const listed of commit.ranges) {
      const partition = this.catalog.partition(listed);
      partition.ranges.push(toDiskRange(listed, listedIn));
      partition.end = Math.max(partition.end, listed.nextOffset);
    }
  }

  /** Ends a replay. Returns the first position which should be there and is not, if one is. */
  settle(): (TopicPartition & { readonly offset: number }) | null {
    for (const [topic, { partitions }] of this.catalog.topics) {
      for (const [partition, each] of partitions.entries()) {
        // Listed twice: it was moved, and the later place counts.
        const byOffset = new Map(each.ranges.map((range) => [range.firstOffset, range]));
        each.ranges = [...byOffset.values()]
          .filter((range) => range.firstOffset >= each.start)
          .sort((a, b) => a.firstOffset - b.firstOffset);
        let offset = each.start;
        for (const range of each.ranges) {
          if (range.firstOffset !== offset) return { topic, partition, offset };
          offset = range.nextOffset;
        }
        if (offset !== each.end) return { topic, partition, offset };
      }
    }
    return null;
  }

  /** All but the ranges, for the head of a segment: earlier ones may be deleted. */
  snapshot(): Commit {
    const { topics, groups } = this.catalog;
    return {
      snapshot: true,
      topics: [...topics.values()].map(({ spec }) => spec),
      bounds: [...this.partitions()].map(([at, { start, end }]) => ({ ...at, start, end })),
      ranges: [],
      positions: [...groups].flatMap(([group, positions]) =>
        [...positions].map(
          ([name, { offset, metadata }]) => [group, name, offset, metadata] as const,
        ),
      ),
      epochs: [...this.epochs],
    };
  }

  *partitions(): Generator<[TopicPartition, Partition<DiskRange>]> {
    for (const [topic, { partitions }] of this.catalog.topics) {
      for (const [partition, each] of partitions.entries()) yield [{ topic, partition }, each];
    }
  }

  #applyAllButRanges(commit: Commit): void {
    const { topics, bounds, positions, epochs, deletedTopics = [], deletedGroups = [] } = commit;
    for (const name of deletedTopics) this.catalog.topics.delete(name);
    for (const group of deletedGroups) this.catalog.groups.delete(group);
    for (const spec of topics) this.catalog.setTopic(spec);
    for (const at of bounds) {
      const partition = this.catalog.partition(at);
      const kept = partition.ranges.findIndex((range) => range.firstOffset >= at.start);
      partition.ranges.splice(0, kept === -1 ? partition.ranges.length : kept);
      partition.start = at.start;
      partition.end = at.end;
    }
    for (const [group, name, offset, metadata] of positions) {
      this.catalog.setCommitted(group, name, { offset, metadata });
    }
    for (const [id, epoch] of epochs) this.epochs.set(id, epoch);
  }
}

function toDiskRange(listed: ListedRange, listedIn: number): DiskRange {
  const { firstOffset, nextOffset, place } = listed;
  const newestMs = listed.newestMs ?? Number.NEGATIVE_INFINITY;
  return { firstOffset, nextOffset, newestMs, place, listedIn };
}

export function toListedRange(at: TopicPartition, range: DiskRange, place: Place): ListedRange {
  const { firstOffset, nextOffset } = range;
  const newestMs = Number.isFinite(range.newestMs) ? range.newestMs : null;
  return { ...at, firstOffset, nextOffset, newestMs, place };
}

function replaceMoved({ ranges }: Partition<DiskRange>, range: DiskRange): void {
  const index = rangeIndex(ranges, range.firstOffset);
  if (ranges[index]?.firstOffset === range.firstOffset) ranges[index] = range;
}
