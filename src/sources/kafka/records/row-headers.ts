import { ConfigError } from "../../../record/errors.ts";
import type { SliceEnd } from "../../../record/slice-end.ts";
import { VarintReader, varintBytes, writeVarint } from "./varint.ts";

/**
 * What travels in the headers of a Kafka record: those of `Records`, the same for each row of them;
 * then, where a row has a number in the file it came from, `gdelt-row` with that number in decimal
 * digits. A record with `gdelt-slice-end` is no row but an end marker: its value is null, and the
 * header is the marker as JSON. The row's own header comes last, so that all before it can be
 * compared, and skipped, as bytes.
 */
const ROW_HEADER = "gdelt-row";
const SLICE_END_HEADER = "gdelt-slice-end";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

const rowKey = keyBytes(ROW_HEADER);
const sliceEndKey = keyBytes(SLICE_END_HEADER);

/** The headers of a row, but for the digits of its number. */
export interface HeaderBlock {
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** @throws ConfigError when a name is one of those which are ours. */
export function rowBlock(
  headers: Readonly<Record<string, string>>,
  hasOrdinals: boolean,
): HeaderBlock {
  const plain = plainBlock(headers);
  if (!hasOrdinals) return plain;
  return { count: plain.count + 1, bytes: joined([plain.bytes, rowKey]) };
}

/** All headers of the record of an end marker. */
export function markerBlock(
  headers: Readonly<Record<string, string>>,
  control: SliceEnd,
): HeaderBlock {
  const plain = plainBlock(headers);
  const bytes = joined([plain.bytes, sliceEndKey, sized(encoder.encode(JSON.stringify(control)))]);
  return { count: plain.count + 1, bytes };
}

function plainBlock(headers: Readonly<Record<string, string>>): HeaderBlock {
  const entries = Object.entries(headers);
  const reserved = entries.find(([name]) => name === ROW_HEADER || name === SLICE_END_HEADER);
  if (reserved) {
    throw new ConfigError(
      `rows have a header ${reserved[0]} ("${reserved[1]}"), a name which the Kafka log uses itself: ` +
        "give the header another name",
    );
  }
  const parts = entries.flatMap(([name, value]) => [keyBytes(name), sized(encoder.encode(value))]);
  return { count: entries.length, bytes: joined(parts) };
}

function keyBytes(name: string): Uint8Array {
  return sized(encoder.encode(name));
}

function sized(bytes: Uint8Array): Uint8Array {
  const all = new Uint8Array(varintBytes(bytes.length) + bytes.length);
  all.set(bytes, writeVarint(all, 0, bytes.length));
  return all;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The headers of one record, read. */
export interface ReadHeaders {
  readonly headers: Readonly<Record<string, string>>;
  readonly ordinal: number | null;
  readonly control: SliceEnd | null;
  /**
   * How many bytes of the record's headers are those of `headers`; -1 where a header of ours is not
   * the last, as we never write it.
   */
  readonly plainBytes: number;
}

/** Reads `count` headers from `at` on. @throws ConfigError when an end marker is none. */
export function readHeaders(
  bytes: Uint8Array,
  at: number,
  count: number,
  where: () => string,
): ReadHeaders {
  const reader = new VarintReader(bytes, at);
  const entries: [string, string][] = [];
  let ordinal: number | null = null;
  let control: SliceEnd | null = null;
  let plainBytes = -1;
  for (let i = 0; i < count; i++) {
    const before = reader.at;
    const name = takeText(reader);
    const value = takeText(reader);
    const isOurs = name === ROW_HEADER || name === SLICE_END_HEADER;
    if (name === ROW_HEADER) ordinal = Number(value);
    else if (name === SLICE_END_HEADER) control = parseSliceEnd(value, where);
    else entries.push([name, value]);
    if (i === count - 1) plainBytes = isOurs && entries.length === i ? before - at : plainBytes;
  }
  if (entries.length === count) plainBytes = reader.at - at;
  return { headers: Object.fromEntries(entries), ordinal, control, plainBytes };
}

function takeText(reader: VarintReader): string {
  const length = reader.varint();
  if (length <= 0) return "";
  reader.at += length;
  return decoder.decode(reader.bytes.subarray(reader.at - length, reader.at));
}

function parseSliceEnd(text: string, where: () => string): SliceEnd {
  let cause: unknown;
  try {
    const { sliceMs, attempt, from, rows, missing }: SliceEnd = JSON.parse(text);
    const isMarker =
      Number.isFinite(sliceMs) &&
      Number.isInteger(attempt) &&
      Number.isInteger(rows) &&
      typeof from === "string" &&
      Array.isArray(missing);
    if (isMarker) return { sliceMs, attempt, from, rows, missing };
  } catch (error) {
    cause = error;
  }
  throw new ConfigError(
    `${where()} has a header ${SLICE_END_HEADER} which is no end marker: ${text}. ` +
      "Whoever writes it has to write sliceMs, attempt, from, rows and missing as JSON",
    { cause },
  );
}

/** Bytes of the header `gdelt-row` without its digits. */
export const ROW_KEY_BYTES = rowKey.length;

/** The number of a row, whose digits begin with their length at the reader's position. */
export function readOrdinal(reader: VarintReader): number {
  const { bytes } = reader;
  let left = reader.varint();
  let ordinal = 0;
  for (; left > 0; left--) ordinal = ordinal * 10 + bytes[reader.at++]! - 48;
  return ordinal;
}

/** Decimal digits of a row's number. */
export function ordinalDigits(ordinal: number): number {
  let digits = 1;
  for (let rest = ordinal; rest >= 10; rest = Math.floor(rest / 10)) digits++;
  return digits;
}

/** Writes the length and the digits of a row's number; the position after them. */
export function writeOrdinal(bytes: Uint8Array, position: number, ordinal: number): number {
  const digits = ordinalDigits(ordinal);
  const end = writeVarint(bytes, position, digits) + digits;
  let rest = ordinal;
  for (let at = end - 1; at >= end - digits; at--) {
    bytes[at] = 48 + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}
