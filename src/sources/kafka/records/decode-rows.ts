import {
  partitionName,
  type RecordBatch,
  type TopicPartition,
} from "../../../record/record-batch.ts";
import type { SliceEnd } from "../../../record/slice-end.ts";
import type { BatchHeader } from "./batch-header.ts";
import { type ReadHeaders, ROW_KEY_BYTES, readHeaders, readOrdinal } from "./row-headers.ts";
import { VarintReader } from "./varint.ts";

/** Rows that share their headers and follow one another: what becomes one `RecordBatch`. */
interface Run {
  readonly from: number;
  readonly firstOffset: number;
  /** Positions in the batch are counted from here. */
  readonly base: number;
  readonly read: ReadHeaders;
  readonly headerCount: number;
  /** Where the headers of its first record begin, and how many bytes each row has like it. */
  readonly sharedAt: number;
  readonly sharedBytes: number;
  readonly hasKeys: boolean;
  readonly hasOrdinals: boolean;
  end: number;
}

/**
 * The rows of one batch from `fromOffset` on, as batches of the log: views of `records`, which are
 * the batch's records, no longer compressed. One is cut where headers change, where keys or row
 * numbers begin or cease, where offsets jump (a compacted topic has holes), and after an end marker.
 */
export function decodeRows(
  at: TopicPartition,
  header: BatchHeader,
  records: Uint8Array,
  fromOffset: number,
): RecordBatch[] {
  return new RowDecoder(at, header, records).decode(fromOffset);
}

class RowDecoder {
  private readonly at: TopicPartition;
  private readonly header: BatchHeader;
  private readonly bytes: Uint8Array;
  private readonly starts: Int32Array;
  private readonly ends: Int32Array;
  private readonly keyStarts: Int32Array;
  private readonly keyEnds: Int32Array;
  private readonly timestampsMs: Float64Array;
  private readonly ordinals: Int32Array;
  private rows = 0;
  private run: Run | null = null;
  private readonly batches: RecordBatch[] = [];

  constructor(at: TopicPartition, header: BatchHeader, records: Uint8Array) {
    const { records: count } = header;
    this.at = at;
    this.header = header;
    this.bytes = records;
    this.starts = new Int32Array(count);
    this.ends = new Int32Array(count);
    this.keyStarts = new Int32Array(count);
    this.keyEnds = new Int32Array(count);
    this.timestampsMs = new Float64Array(count);
    this.ordinals = new Int32Array(count);
  }

  decode(fromOffset: number): RecordBatch[] {
    const { baseOffset, baseTimestampMs, appendTimestampMs, records } = this.header;
    const reader = new VarintReader(this.bytes, 0);
    for (let i = 0; i < records; i++) {
      const recordStart = reader.at;
      const length = reader.varint();
      const recordEnd = reader.at + length;
      reader.at++; // Attributes, of which there are none.
      const timestampMs = baseTimestampMs + reader.varlong();
      const offset = baseOffset + reader.varint();
      const keyBytes = reader.varint();
      const keyStart = reader.at;
      if (keyBytes > 0) reader.at += keyBytes;
      const valueBytes = reader.varint();
      const valueStart = reader.at;
      if (valueBytes > 0) reader.at += valueBytes;
      const valueEnd = reader.at;
      const headerCount = reader.varint();
      if (offset >= fromOffset) {
        const run = this.runOf(reader, offset, headerCount, keyBytes >= 0, recordStart);
        if (run !== null) {
          const row = this.rows++;
          this.starts[row] = valueStart - run.base;
          this.ends[row] = valueEnd - run.base;
          this.keyStarts[row] = keyStart - run.base;
          this.keyEnds[row] = keyStart + Math.max(0, keyBytes) - run.base;
          this.timestampsMs[row] = appendTimestampMs ?? timestampMs;
          if (run.hasOrdinals) this.ordinals[row] = this.ordinal(reader, run);
          run.end = valueEnd;
        }
      }
      reader.at = recordEnd;
    }
    this.endRun(null);
    return this.batches;
  }

  /** The run which a record belongs to; null when it is an end marker, which ends one. */
  private runOf(
    reader: VarintReader,
    offset: number,
    headerCount: number,
    hasKey: boolean,
    recordStart: number,
  ): Run | null {
    const { run } = this;
    const follows = run !== null && offset === run.firstOffset + this.rows - run.from;
    if (
      follows &&
      headerCount === run.headerCount &&
      hasKey === run.hasKeys &&
      this.same(reader.at, run.sharedAt, run.sharedBytes)
    ) {
      return run;
    }
    const where = () => `the record at offset ${offset} of ${partitionName(this.at)}`;
    const read = readHeaders(this.bytes, reader.at, headerCount, where);
    if (read.control !== null) {
      this.takeMarker(read, reader.at, offset, follows ? run : null);
      return null;
    }
    this.endRun(null);
    const hasOrdinals = read.ordinal !== null && read.plainBytes >= 0;
    this.run = {
      from: this.rows,
      firstOffset: offset,
      base: recordStart,
      read,
      headerCount,
      sharedAt: reader.at,
      sharedBytes: read.plainBytes + (hasOrdinals ? ROW_KEY_BYTES : 0),
      hasKeys: hasKey,
      hasOrdinals: read.ordinal !== null,
      end: recordStart,
    };
    return this.run;
  }

  private ordinal(reader: VarintReader, run: Run): number {
    if (run.read.plainBytes < 0) return run.read.ordinal!;
    reader.at += run.sharedBytes;
    return readOrdinal(reader);
  }

  /** It ends the rows before it if they have the same headers; else it travels without rows. */
  private takeMarker(read: ReadHeaders, headersAt: number, offset: number, run: Run | null): void {
    const { plainBytes } = read;
    const belongs =
      run !== null &&
      plainBytes >= 0 &&
      plainBytes === run.read.plainBytes &&
      this.same(headersAt, run.sharedAt, plainBytes);
    if (belongs) {
      this.endRun(read.control);
      return;
    }
    this.endRun(null);
    this.batches.push({
      ...this.at,
      ...NO_ROWS,
      headers: read.headers,
      control: read.control,
      firstOffset: offset,
      nextOffset: offset + 1,
    });
  }

  private same(a: number, b: number, length: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < length; i++) if (bytes[a + i] !== bytes[b + i]) return false;
    return length >= 0;
  }

  private endRun(control: SliceEnd | null): void {
    const { run, rows } = this;
    if (run === null) return;
    this.run = null;
    const { from, firstOffset, base, end, read, hasKeys, hasOrdinals } = run;
    const { topic, partition } = this.at;
    const bytes = this.bytes.subarray(base, end);
    this.batches.push({
      topic,
      partition,
      bytes,
      starts: this.starts.subarray(from, rows),
      ends: this.ends.subarray(from, rows),
      length: rows - from,
      keys: hasKeys
        ? {
            bytes,
            starts: this.keyStarts.subarray(from, rows),
            ends: this.keyEnds.subarray(from, rows),
          }
        : null,
      timestampsMs: this.timestampsMs.subarray(from, rows),
      ordinals: hasOrdinals ? this.ordinals.subarray(from, rows) : null,
      headers: read.headers,
      control,
      firstOffset,
      nextOffset: firstOffset + rows - from + (control === null ? 0 : 1),
    });
  }
}

/** Of a batch in which only a marker or a position travels. */
export const NO_ROWS = {
  bytes: new Uint8Array(0),
  starts: new Int32Array(0),
  ends: new Int32Array(0),
  length: 0,
  keys: null,
  timestampsMs: new Float64Array(0),
  ordinals: null,
  headers: {},
} as const;
