import type { SliceEnd } from "./slice-end.ts";

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export const partitionName = ({ topic, partition }: TopicPartition): string =>
  `${topic}-${partition}`;

/** A column of byte strings: value i is `bytes.subarray(starts[i], ends[i])`. */
export interface ByteColumn {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/**
 * Rows on their way into a log, or out of one: raw values of one partition over one shared buffer.
 * There is no object per row; whatever wants a field decodes it from `bytes` when it is asked for.
 */
export interface Records extends TopicPartition, ByteColumn {
  /** Rows; may be 0 when only `control` travels, or, as read, only a position. */
  readonly length: number;
  /** Keys, where the topic has them apart from the value. */
  readonly keys: ByteColumn | null;
  /** Event time of each row, milliseconds since the epoch. */
  readonly timestampsMs: Float64Array;
  /** 0-based row number of each row in the file it came from, where it came from a file. */
  readonly ordinals: Int32Array | null;
  /** Shared by all rows, e.g. `{ file: "20150218230000.gkg.csv", "content-type": … }`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The end marker which follows the rows, if one does. */
  readonly control: SliceEnd | null;
}

/**
 * Records as read: consecutive offsets from `firstOffset`. A reader cuts a batch at a gap in the
 * offsets, at a change of headers and after an end marker, so that each of them holds for all rows.
 */
export interface RecordBatch extends Records {
  readonly firstOffset: number;
  /** The offset to read next; past the marker and whatever the log hides (transaction marks). */
  readonly nextOffset: number;
}

/** Bytes that the batch keeps alive, for bounds on queues. */
export const recordsBytes = (records: Records): number =>
  records.bytes.byteLength + records.length * 16;
