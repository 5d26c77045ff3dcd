import { partitionName, type TopicPartition } from "../record/record-batch.ts";
import type { Committed, TopicSpec } from "../runtime/ports.ts";
import { checkBounds, checkTopic, noSuchPartition } from "./log-errors.ts";

/** Rows of one partition that were stored together, and the end marker after them if any. */
export interface StoredRange {
  readonly firstOffset: number;
  /** The offset after the last. */
  readonly nextOffset: number;
  /**
   * Newest event time in the partition when these rows were written. Not their own: rows of a
   * backfill are old from the start, and would be dropped before anybody has read them.
   */
  readonly newestMs: number;
}

export interface Partition<Range extends StoredRange> {
  start: number;
  end: number;
  /** From `start` to `end` without a gap. */
  ranges: Range[];
}

export interface Topic<Range extends StoredRange> {
  spec: TopicSpec;
  /** More may be added at its end. */
  readonly partitions: Partition<Range>[];
}

/** What a log holds that can be seen: topics, where their rows are, and the groups' positions. */
export class LogCatalog<Range extends StoredRange> {
  readonly topics = new Map<string, Topic<Range>>();
  readonly groups = new Map<string, Map<string, Committed>>();

  /** @throws ConfigError when one of them cannot be created, or has other partitions already. */
  checkTopics(specs: readonly TopicSpec[]): void {
    const partitions = new Map<string, number>();
    for (const spec of specs) {
      const { name } = spec;
      checkTopic(spec, this.topics.get(name)?.partitions.length ?? partitions.get(name));
      partitions.set(name, spec.partitions);
    }
  }

  /** Creates a topic that has been checked, or gives it another retention, or more partitions. */
  setTopic(spec: TopicSpec): void {
    const topic = this.topics.get(spec.name) ?? { spec, partitions: [] };
    topic.spec = spec;
    while (topic.partitions.length < spec.partitions) {
      topic.partitions.push({ start: 0, end: 0, ranges: [] });
    }
    this.topics.set(spec.name, topic);
  }

  /** What a topic will be with more partitions; null when it has them. */
  withPartitions(name: string, partitions: number): TopicSpec | null {
    const spec = this.topics.get(name)?.spec;
    if (spec === undefined) throw noSuchPartition({ topic: name, partition: 0 });
    return spec.partitions >= partitions ? null : { ...spec, partitions };
  }

  /** @throws ConfigError when there is no such partition. */
  partition(at: TopicPartition): Partition<Range> {
    const partition = this.topics.get(at.topic)?.partitions[at.partition];
    if (partition) return partition;
    throw noSuchPartition(at);
  }

  /**
   * The range that holds `offset`, or null at the end.
   * @throws TaskCorruptedError when `offset` is outside of the bounds.
   */
  rangeAt(at: TopicPartition, offset: number): Range | null {
    const { start, end, ranges } = this.partition(at);
    checkBounds(at, offset, { start, end });
    if (offset === end) return null;
    return ranges[rangeIndex(ranges, offset)]!;
  }

  committed(group: string, partitions: readonly TopicPartition[]): Map<string, Committed> {
    const found = new Map<string, Committed>();
    for (const name of partitions.map(partitionName)) {
      const position = this.groups.get(group)?.get(name);
      if (position) found.set(name, position);
    }
    return found;
  }

  setCommitted(group: string, name: string, position: Committed): void {
    const positions = this.groups.get(group) ?? new Map<string, Committed>();
    this.groups.set(group, positions.set(name, position));
  }

  /** Ranges at the head of a partition which its topic no longer has to keep. */
  pastRetention(at: TopicPartition): readonly Range[] {
    const { retention } = this.topics.get(at.topic)!.spec;
    const { ranges } = this.partition(at);
    if (retention === "forever") return [];
    const consumedTo = retention === "consumed" ? this.#consumedTo(partitionName(at)) : 0;
    const newestMs = ranges.at(-1)?.newestMs ?? 0;
    // End markers have no time. Those before the first row are as old as that row: they would be
    // dropped unread as soon as it is written, if they were older.
    const oldestMs = ranges.find((range) => Number.isFinite(range.newestMs))?.newestMs ?? newestMs;
    const kept = ranges.findIndex((range) =>
      retention === "consumed"
        ? range.nextOffset > consumedTo
        : Math.max(range.newestMs, oldestMs) >= newestMs - retention,
    );
    return ranges.slice(0, kept === -1 ? ranges.length : kept);
  }

  /** The least offset which a group has committed; what nobody has ever read is not consumed. */
  #consumedTo(name: string): number {
    let least = Number.POSITIVE_INFINITY;
    for (const positions of this.groups.values()) {
      least = Math.min(least, positions.get(name)?.offset ?? least);
    }
    return least === Number.POSITIVE_INFINITY ? 0 : least;
  }
}

/** Where the last range that begins at or before `offset` is; 0 when there is none. */
export function rangeIndex(ranges: readonly StoredRange[], offset: number): number {
  let low = 0;
  let high = ranges.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (ranges[middle]!.firstOffset <= offset) low = middle;
    else high = middle;
  }
  return low;
}
