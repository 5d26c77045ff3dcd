import { type Data, DateUnit, type Field, TimeUnit, Type } from "apache-arrow";
import { TopologyError } from "../../record/errors.ts";
import type { BinaryWriter } from "./binary-writer.ts";
import { TEXT } from "./column-type.ts";

/** Writes the value of a row in binary form, after its length; -1 is the length of null. */
export type ValueWriter = (writer: BinaryWriter, row: number) => void;

const TWO_32 = 4_294_967_296;

/** Postgres counts from 2000-01-01. */
const EPOCH_DAYS = 10_957;
const EPOCH_US = EPOCH_DAYS * 86_400e6;
const EPOCH_HIGH = Math.floor(EPOCH_US / TWO_32);
const EPOCH_LOW = EPOCH_US % TWO_32;

const NULL_LENGTH = -1;

export const writeNull: ValueWriter = (writer) => writer.int32(NULL_LENGTH);

/** A time in every row: microseconds since 1970. */
export function constantTime(timeUs: number): ValueWriter {
  const high = Math.floor(timeUs / TWO_32);
  return (writer) => writeTime(writer, high, timeUs - high * TWO_32);
}

/** What writes the values of a column of a batch. */
export function valueWriter(column: Data): ValueWriter {
  const write = presentValueWriter(column);
  if (column.nullCount === 0) return write;
  const { nullBitmap, offset } = column;
  return (writer, row) => {
    const bit = offset + row;
    if ((nullBitmap[bit >> 3]! >> (bit & 7)) & 1) write(writer, row);
    else writer.int32(NULL_LENGTH);
  };
}

function presentValueWriter(column: Data): ValueWriter {
  const type: Field["type"] = column.type;
  switch (type.typeId) {
    case Type.Int:
      return type.bitWidth === 64 ? int64Writer(column) : int32Writer(column, 0);
    case Type.Date:
      if (type.unit === DateUnit.DAY) return int32Writer(column, -EPOCH_DAYS);
      break;
    case Type.Timestamp:
      if (type.unit === TimeUnit.MICROSECOND) return timeWriter(column);
      break;
    case Type.Float:
      return float64Writer(column);
    case Type.Bool:
      return boolWriter(column);
    case Type.Utf8:
    case Type.Binary:
      return bytesWriter(column);
    case Type.List:
      return textListWriter(column);
  }
  throw new TopologyError(`there is no Postgres form of Arrow's ${type}`);
}

function int32Writer({ values }: Data, shift: number): ValueWriter {
  return (writer, row) => {
    writer.int32(4);
    writer.int32(values[row] + shift);
  };
}

function int64Writer(column: Data): ValueWriter {
  const words = wordsOf(column);
  return (writer, row) => {
    writer.int32(8);
    writer.int64(words[row * 2 + 1]!, words[row * 2]!);
  };
}

function timeWriter(column: Data): ValueWriter {
  const words = wordsOf(column);
  return (writer, row) => writeTime(writer, words[row * 2 + 1]!, words[row * 2]! >>> 0);
}

/** In words: as one number it would be exact for 285 years only. */
function writeTime(writer: BinaryWriter, high: number, low: number): void {
  const lowSince = low - EPOCH_LOW;
  writer.int32(8);
  writer.int64(high - EPOCH_HIGH - (lowSince < 0 ? 1 : 0), lowSince);
}

function float64Writer({ values }: Data): ValueWriter {
  return (writer, row) => {
    writer.int32(8);
    writer.float64(values[row]);
  };
}

function boolWriter({ values, offset }: Data): ValueWriter {
  return (writer, row) => {
    const bit = offset + row;
    writer.int32(1);
    writer.byte((values[bit >> 3] >> (bit & 7)) & 1);
  };
}

function bytesWriter({ values, valueOffsets }: Data): ValueWriter {
  return (writer, row) => {
    const start = valueOffsets[row]!;
    const end = valueOffsets[row + 1]!;
    writer.int32(end - start);
    writer.append(values, start, end);
  };
}

/** An array of text: dimensions, whether it has nulls, type; of each dimension size and first index. */
function textListWriter({ valueOffsets, children }: Data): ValueWriter {
  const item = valueWriter(children[0]!);
  return (writer, row) => {
    const first = valueOffsets[row]!;
    const end = valueOffsets[row + 1]!;
    const start = writer.open();
    writer.int32(first === end ? 0 : 1);
    writer.int32(0);
    writer.int32(TEXT.oid);
    if (first < end) {
      writer.int32(end - first);
      writer.int32(1);
      for (let i = first; i < end; i++) item(writer, i);
    }
    writer.close(start);
  };
}

/** 64-bit integers as pairs of words: no BigInt is ever made. */
function wordsOf({ values, length }: Data): Int32Array {
  const { buffer, byteOffset } = values as BigInt64Array;
  return new Int32Array(buffer as ArrayBuffer, byteOffset, length * 2);
}
