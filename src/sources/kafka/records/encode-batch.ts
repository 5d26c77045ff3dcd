import type { Records } from "../../../record/record-batch.ts";
import {
  BATCH_HEADER_BYTES,
  BATCH_PREFIX_BYTES,
  CRC_FROM,
  TRANSACTIONAL,
  writeInt64,
} from "./batch-header.ts";
import { COMPRESSION_CODES, type Compression, compress } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import {
  type HeaderBlock,
  markerBlock,
  ordinalDigits,
  rowBlock,
  writeOrdinal,
} from "./row-headers.ts";
import { varintBytes, varlongBytes, writeVarint, writeVarlong } from "./varint.ts";

/** What the broker knows a producer by, and the number of the batch's first record in its series. */
export interface BatchProducer {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly isTransactional: boolean;
}

/** Rows on their way into a batch, and the time which all others are told from. */
interface BatchContent {
  readonly records: Records;
  readonly from: number;
  readonly to: number;
  readonly block: HeaderBlock;
  /** Headers of the end marker's record, if the batch ends with one. */
  readonly marker: HeaderBlock | null;
  readonly baseTimestampMs: number;
}

/** The time of a record that has none: an end marker without rows. */
const NO_TIMESTAMP = -1;
/** What the numbers of a record take at most, beside its key, its value and its headers. */
const RECORD_NUMBERS_BYTES_MAX = 40;

/** The row after the last which a batch that begins with row `from` takes: at least one. */
export function batchEnd(records: Records, from: number, bytesMax: number): number {
  const { starts, ends, keys, length } = records;
  const perRow = rowBlock(records.headers, true).bytes.length + RECORD_NUMBERS_BYTES_MAX;
  let left = bytesMax;
  let to = from;
  for (; to < length; to++) {
    left -= ends[to]! - starts[to]! + perRow;
    if (keys) left -= keys.ends[to]! - keys.starts[to]!;
    if (left < 0 && to > from) break;
  }
  return to;
}

/**
 * Rows `from` to `to` as one record batch, and the end marker when they reach the end. Nothing of
 * the records is kept.
 */
export async function encodeBatch(
  records: Records,
  from: number,
  to: number,
  how: Compression,
  producer: BatchProducer,
): Promise<Uint8Array> {
  const { headers, ordinals, timestampsMs, control } = records;
  const ends = control !== null && to === records.length;
  const content = {
    records,
    from,
    to,
    block: rowBlock(headers, ordinals !== null),
    marker: ends ? markerBlock(headers, control) : null,
    baseTimestampMs: from < to ? timeOf(timestampsMs, from) : NO_TIMESTAMP,
  };
  const plain = new Uint8Array(BATCH_HEADER_BYTES + contentBytes(content));
  const end = writeContent(plain, content);
  const body = plain.subarray(BATCH_HEADER_BYTES, end);
  let batch = plain.subarray(0, end);
  if (how !== "none") {
    const compressed = await compress(body, how);
    batch = new Uint8Array(BATCH_HEADER_BYTES + compressed.length);
    batch.set(compressed, BATCH_HEADER_BYTES);
  }
  writeHeader(batch, content, how, producer);
  return batch;
}

/** Records in the batch of rows `from` to `to`. */
export const batchRecords = ({ length, control }: Records, from: number, to: number): number =>
  to - from + (control !== null && to === length ? 1 : 0);

function contentBytes(content: BatchContent): number {
  const { from, to, marker } = content;
  let bytes = 0;
  for (let row = from; row < to; row++) {
    const body = rowBytes(content, row);
    bytes += varintBytes(body) + body;
  }
  if (marker === null) return bytes;
  return bytes + RECORD_NUMBERS_BYTES_MAX + marker.bytes.length;
}

function rowBytes({ records, from, block, baseTimestampMs }: BatchContent, row: number): number {
  const { starts, ends, keys, timestampsMs, ordinals } = records;
  const value = ends[row]! - starts[row]!;
  const key = keys === null ? -1 : keys.ends[row]! - keys.starts[row]!;
  let bytes =
    1 +
    varlongBytes(timeOf(timestampsMs, row) - baseTimestampMs) +
    varintBytes(row - from) +
    varintBytes(key) +
    Math.max(0, key) +
    varintBytes(value) +
    value +
    varintBytes(block.count) +
    block.bytes.length;
  if (ordinals !== null) {
    const digits = ordinalDigits(ordinals[row]!);
    bytes += varintBytes(digits) + digits;
  }
  return bytes;
}

/** The position after the last record. */
function writeContent(bytes: Uint8Array, content: BatchContent): number {
  const { records, from, to, block, marker, baseTimestampMs } = content;
  const { starts, ends, keys, timestampsMs, ordinals } = records;
  const values = asBuffer(records.bytes);
  const keyValues = keys && asBuffer(keys.bytes);
  const target = asBuffer(bytes);
  let at = BATCH_HEADER_BYTES;
  for (let row = from; row < to; row++) {
    at = writeVarint(bytes, at, rowBytes(content, row));
    bytes[at++] = 0;
    at = writeVarlong(bytes, at, timeOf(timestampsMs, row) - baseTimestampMs);
    at = writeVarint(bytes, at, row - from);
    if (keys === null) at = writeVarint(bytes, at, -1);
    else {
      at = writeVarint(bytes, at, keys.ends[row]! - keys.starts[row]!);
      at += keyValues!.copy(target, at, keys.starts[row]!, keys.ends[row]!);
    }
    at = writeVarint(bytes, at, ends[row]! - starts[row]!);
    at += values.copy(target, at, starts[row]!, ends[row]!);
    at = writeBlock(bytes, at, block);
    if (ordinals !== null) at = writeOrdinal(bytes, at, ordinals[row]!);
  }
  return marker === null ? at : writeMarker(bytes, at, content, marker);
}

/** A marker has no value, and the time of the row before it. */
function writeMarker(
  bytes: Uint8Array,
  position: number,
  { records, from, to, baseTimestampMs }: BatchContent,
  marker: HeaderBlock,
): number {
  const delta = to > from ? timeOf(records.timestampsMs, to - 1) - baseTimestampMs : 0;
  const body =
    1 +
    varlongBytes(delta) +
    varintBytes(to - from) +
    2 * varintBytes(-1) +
    varintBytes(marker.count) +
    marker.bytes.length;
  let at = writeVarint(bytes, position, body);
  bytes[at++] = 0;
  at = writeVarlong(bytes, at, delta);
  at = writeVarint(bytes, at, to - from);
  at = writeVarint(bytes, at, -1);
  at = writeVarint(bytes, at, -1);
  return writeBlock(bytes, at, marker);
}

function writeBlock(bytes: Uint8Array, position: number, block: HeaderBlock): number {
  const at = writeVarint(bytes, position, block.count);
  bytes.set(block.bytes, at);
  return at + block.bytes.length;
}

function writeHeader(
  batch: Uint8Array,
  { records, from, to, baseTimestampMs }: BatchContent,
  how: Compression,
  { producerId, producerEpoch, baseSequence, isTransactional }: BatchProducer,
): void {
  const view = new DataView(batch.buffer, batch.byteOffset, BATCH_HEADER_BYTES);
  const count = batchRecords(records, from, to);
  let newestMs = baseTimestampMs;
  for (let row = from; row < to; row++) {
    newestMs = Math.max(newestMs, timeOf(records.timestampsMs, row));
  }
  view.setInt32(8, batch.length - BATCH_PREFIX_BYTES);
  view.setInt32(12, -1); // The leader's epoch, which the broker writes.
  view.setInt8(16, 2);
  view.setInt16(21, COMPRESSION_CODES[how] | (isTransactional ? TRANSACTIONAL : 0));
  view.setInt32(23, count - 1);
  writeInt64(view, 27, baseTimestampMs);
  writeInt64(view, 35, newestMs);
  writeInt64(view, 43, producerId);
  view.setInt16(51, producerEpoch);
  view.setInt32(53, baseSequence);
  view.setInt32(57, count);
  view.setUint32(17, crc32c(batch, CRC_FROM, batch.length));
}

/** Kafka knows whole milliseconds only. */
const timeOf = (timestampsMs: Float64Array, row: number): number => Math.round(timestampsMs[row]!);

/** `copy` of a Node buffer takes a range; `set` of an array would need an object for each. */
const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);
