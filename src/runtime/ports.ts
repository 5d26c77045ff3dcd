import type { RecordBatch, Records, TopicPartition } from "../record/record-batch.ts";

/** A committed position, and what its owner wrote beside it (the id of a checkpoint). */
export interface Committed {
  /** The next offset to read. */
  readonly offset: number;
  readonly metadata: string;
}

/** A position to be committed. */
export interface OffsetCommit extends TopicPartition, Committed {}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /**
   * `consumed`: rows may go once every group has committed past them (repartition topics).
   * A number: rows are kept at least that many milliseconds. `forever`: never dropped.
   */
  readonly retention: "consumed" | "forever" | number;
}

/**
 * A partitioned, replayable, transactional log: Kafka, the embedded one on disk, or memory.
 * Readers see committed records only, in offset order per partition.
 */
export interface Log {
  /** Creates what is missing; a topic which exists with other partitions is a `ConfigError`. */
  createTopics(topics: readonly TopicSpec[]): Promise<void>;
  /** How many partitions a topic has; 0 when there is no such topic. */
  partitions(topic: string): Promise<number>;
  /** First offset that can be read, and the offset after the last committed record. */
  bounds(at: TopicPartition): Promise<{ readonly start: number; readonly end: number }>;
  /**
   * Records from `offset` on, at most about `bytesMax` bytes of them (but at least one record), or
   * null when `offset` is the end. An offset outside the bounds is a `TaskCorruptedError`.
   */
  read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null>;
  /** Positions which `group` has committed; a partition without one is missing from the map. */
  committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>>;
  /**
   * A producer which owns `transactionalId`: any earlier one with that id is fenced from here on,
   * and its open transaction aborted.
   */
  producer(transactionalId: string): Promise<TransactionalProducer>;
  close(): Promise<void>;
}

/**
 * One transaction at a time: `send*`, `commit` | `abort`. A fenced producer fails every call with
 * `TaskMigratedError`. After any other failed `commit` the outcome is unknown and the producer is
 * unusable: open a new one with the same id and read the committed offsets to learn what happened.
 */
export interface TransactionalProducer {
  /**
   * Appends to the open transaction, opening one if there is none. Of different partitions several may be
   * under way; those of one come one after another.
   */
  send(records: Records): Promise<void>;
  /** Commits positions with the transaction's records, all or none of them. */
  sendOffsets(group: string, offsets: readonly OffsetCommit[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/**
 * An external table fed from one partition of a topic. It remembers its own position in the same
 * atomic act as the rows, so nothing is lost or doubled whatever happens between two calls.
 * The runtime calls `open`, reads from the position it returns, then `write`s batches in offset
 * order and `commit`s now and then; after any failure it opens the sink anew.
 */
export interface RecordSink {
  /** Loads the target; the next offset to read, or null when it has seen nothing yet. */
  open(): Promise<number | null>;
  /** Takes a batch into the buffer; how many rows it is there. Synchronous; what it refuses it throws. */
  write(batch: RecordBatch): number;
  /** Bytes taken since the last commit. */
  readonly bufferedBytes: number;
  /** Makes everything written durable together with the position after it. */
  commit(): Promise<void>;
  /** How the table lies in files, as last seen, where it is one of files. */
  readonly files?: TableFiles;
}

export interface TableFiles {
  readonly version: number;
  /** Files that are too small to be read well. */
  readonly small: number;
}
