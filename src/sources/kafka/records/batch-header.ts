import { TaskCorruptedError } from "../../../record/errors.ts";
import { crc32c } from "./crc32c.ts";

/**
 * The head of a record batch, message format 2, as it lies in a response of Kafka:
 * base offset int64, length int32, leader epoch int32, magic int8, CRC-32C of all that follows
 * uint32, attributes int16, last offset delta int32, base and newest timestamp int64, producer id
 * int64, producer epoch int16, base sequence int32, number of records int32; then the records.
 */
export const BATCH_HEADER_BYTES = 61;
/** The base offset and the length, which the length does not count. */
export const BATCH_PREFIX_BYTES = 12;
/** Where what the CRC covers begins. */
export const CRC_FROM = 21;

export const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;
const LOG_APPEND_TIME = 0x08;
const COMPRESSION_MASK = 0x07;

export interface BatchHeader {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** Position after the batch. */
  readonly end: number;
  readonly compression: number;
  readonly isTransactional: boolean;
  /** It holds marks of the broker, and no rows. */
  readonly isControl: boolean;
  readonly baseTimestampMs: number;
  /** The time of all rows, where the broker has stamped them; else null. */
  readonly appendTimestampMs: number | null;
  readonly producerId: number;
  readonly records: number;
}

/** Numbers beyond 2^53 are no offsets, times or ids that occur. */
const int64 = (view: DataView, at: number): number =>
  view.getInt32(at) * 0x1_0000_0000 + view.getUint32(at + 4);

export function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / 0x1_0000_0000));
  view.setUint32(at + 4, value >>> 0);
}

/**
 * The head of the batch at `at`, or null when the rest of the bytes is not a whole batch: a broker
 * cuts where its limit is.
 * @throws TaskCorruptedError when it is damaged, or in an older format.
 */
export function batchHeader(bytes: Uint8Array, at: number, where: string): BatchHeader | null {
  if (at + BATCH_HEADER_BYTES > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, BATCH_HEADER_BYTES);
  const baseOffset = int64(view, 0);
  const magic = view.getInt8(16);
  if (magic !== 2) {
    throw new TaskCorruptedError(
      `${where} holds messages of format ${magic} at offset ${baseOffset}, and only format 2 can be ` +
        "read (Kafka 0.11 and later): copy the topic with a current producer",
    );
  }
  const end = at + BATCH_PREFIX_BYTES + view.getInt32(8);
  if (end > bytes.length) return null;
  const crc = crc32c(bytes, at + CRC_FROM, end);
  if (end - at < BATCH_HEADER_BYTES || crc !== view.getUint32(17)) {
    throw new TaskCorruptedError(
      `${where} is damaged at offset ${baseOffset}: the checksum of the batch is ` +
        `${view.getUint32(17)}, not ${crc}. Read it from another replica, or reset`,
    );
  }
  const attributes = view.getInt16(21);
  return {
    baseOffset,
    lastOffset: baseOffset + view.getInt32(23),
    end,
    compression: attributes & COMPRESSION_MASK,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    baseTimestampMs: int64(view, 27),
    appendTimestampMs: attributes & LOG_APPEND_TIME ? int64(view, 35) : null,
    producerId: int64(view, 43),
    records: view.getInt32(57),
  };
}

/** The offset after the last whole batch of a response, by their heads alone; null: there is none. */
export function endOfBatches(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let endOffset: number | null = null;
  for (let at = 0; at + BATCH_HEADER_BYTES <= bytes.length; ) {
    const end = at + BATCH_PREFIX_BYTES + view.getInt32(at + 8);
    if (end > bytes.length || end <= at) return endOffset;
    endOffset = int64(view, at) + view.getInt32(at + 23) + 1;
    at = end;
  }
  return endOffset;
}
