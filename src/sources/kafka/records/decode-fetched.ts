import {
  partitionName,
  type RecordBatch,
  type TopicPartition,
} from "../../../record/record-batch.ts";
import { BATCH_HEADER_BYTES, type BatchHeader, batchHeader } from "./batch-header.ts";
import { decompress } from "./compression.ts";
import { decodeRows, NO_ROWS } from "./decode-rows.ts";
import { VarintReader } from "./varint.ts";

/** A transaction that was aborted, and where its first record in the partition is. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** What a broker gives of one partition. */
export interface FetchedRecords {
  readonly at: TopicPartition;
  /** The offset that was asked for. */
  readonly fromOffset: number;
  /** Whole batches, of which the first may begin before that offset; then perhaps a part of one. */
  readonly bytes: Uint8Array;
  /** Those which reach into these bytes, in any order: a broker lists them by when they ended. */
  readonly aborted: readonly AbortedTransaction[];
}

/**
 * The rows that can be seen, in batches which cover the offsets from `fromOffset` without a gap:
 * what is hidden (marks of transactions, aborted rows, holes of a compacted topic) is behind the
 * `nextOffset` of the batch before it, or in a batch without rows. Nothing is decompressed before
 * it is asked for: that may be many times as large.
 */
export async function* decodeFetched(
  fetched: FetchedRecords,
): AsyncGenerator<RecordBatch, void, undefined> {
  const { at, bytes, fromOffset } = fetched;
  let covered = fromOffset;
  /** How far it reaches is known when the next rows are. */
  let last: RecordBatch | null = null;
  const coverTo = (offset: number): void => {
    if (offset <= covered) return;
    const before = last ?? { ...at, ...NO_ROWS, control: null, firstOffset: covered };
    last = { ...before, nextOffset: offset };
    covered = offset;
  };
  for (const { header, position } of visibleBatches(fetched)) {
    if (header.lastOffset < covered) continue;
    if (position !== null) {
      const where = `the batch at offset ${header.baseOffset} of ${partitionName(at)}`;
      const compressed = bytes.subarray(position, header.end);
      const records = await decompress(compressed, header.compression, where);
      for (const batch of decodeRows(at, header, records, covered)) {
        coverTo(batch.firstOffset);
        if (last !== null) yield last;
        last = batch;
        covered = batch.nextOffset;
      }
    }
    coverTo(header.lastOffset + 1);
  }
  if (last !== null) yield last;
}

/**
 * The batches in their order, with the position of the records of those that can be seen. One
 * producer has one transaction at a time: from the first record of an aborted one to the mark which
 * ends it all transactional batches of the producer belong to it.
 */
function* visibleBatches({
  at,
  bytes,
  aborted,
}: FetchedRecords): Generator<{ header: BatchHeader; position: number | null }> {
  const starting = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset);
  const aborting = new Set<number>();
  let next = 0;
  for (let position = 0; ; ) {
    const header = batchHeader(bytes, position, partitionName(at));
    if (!header) return;
    for (; next < starting.length; next++) {
      const { firstOffset, producerId } = starting[next]!;
      if (firstOffset > header.lastOffset) break;
      aborting.add(producerId);
    }
    const records = position + BATCH_HEADER_BYTES;
    if (header.isControl) {
      if (isAbortMark(bytes, records, header)) aborting.delete(header.producerId);
      yield { header, position: null };
    } else {
      const isHidden = header.isTransactional && aborting.has(header.producerId);
      yield { header, position: isHidden ? null : records };
    }
    position = header.end;
  }
}

/** A mark's key is its version, int16, and 0 for abort or 1 for commit, int16. */
function isAbortMark(
  bytes: Uint8Array,
  at: number,
  { end, isTransactional }: BatchHeader,
): boolean {
  if (!isTransactional) return false;
  const reader = new VarintReader(bytes, at);
  reader.varint(); // Length.
  reader.at++; // Attributes.
  reader.varlong(); // Time.
  reader.varint(); // Offset.
  const keyBytes = reader.varint();
  return (
    keyBytes >= 4 &&
    reader.at + 4 <= end &&
    bytes[reader.at + 2] === 0 &&
    bytes[reader.at + 3] === 0
  );
}
