import { parseStamp } from "../gdelt/feeds.ts";
import { deadLetterSchema } from "../gdelt/silver-schema.ts";
import type { DeadLetter } from "../operators/operator.ts";
import { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import type { BytesColumn } from "../record/arrow/byte-columns.ts";
import type { Int32Column, Int64Column } from "../record/arrow/number-columns.ts";
import type { Clock } from "../record/clock.ts";
import type { DeadLetterTopic, OutgoingRecords } from "../topology/topology.ts";
import { arrowRecord } from "./arrow-rows.ts";

export const DEAD_LETTER_TOPIC = "gdelt.dead-letters";

/** One row of the table; what is not known is null. */
interface DeadLetterRow {
  readonly feed: string;
  readonly file: string | null;
  readonly sliceMs: number | null;
  readonly row: number | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly reason: string;
  readonly raw: Uint8Array;
}

/** Rows of `dead_letter` as the records of its topic: few, so an object each does no harm. */
function deadLetterRecords(
  rows: readonly DeadLetterRow[],
  partition: number,
  clock: Clock,
): OutgoingRecords {
  const builder = new ArrowBatchBuilder(deadLetterSchema);
  const text = (name: string, value: string | null) => {
    const column = builder.column<BytesColumn>(name);
    if (value === null) column.appendNull();
    else column.appendString(value);
  };
  const number = (name: string, value: number | null) => {
    const column = builder.column<Int32Column | Int64Column>(name);
    if (value === null) column.appendNull();
    else column.append(value);
  };
  for (const row of rows) {
    text("feed", row.feed);
    text("file", row.file);
    number("slice", row.sliceMs);
    number("row", row.row);
    text("topic", row.topic);
    number("partition", row.partition);
    number("offset", row.offset);
    text("reason", row.reason);
    builder.column<BytesColumn>("raw").append(row.raw, 0, row.raw.length);
    number("seen_at", clock.nowMs());
  }
  const newestMs = Math.max(0, ...rows.map((row) => row.sliceMs ?? 0));
  return arrowRecord(partition, builder.encode(), newestMs);
}

function letterRow({ records, row, reason }: DeadLetter): DeadLetterRow {
  const { headers, topic, partition, firstOffset, ordinals, bytes, starts, ends } = records;
  const { feed = topic, file = null, slice } = headers;
  return {
    feed,
    file,
    sliceMs: slice === undefined ? null : parseStamp(slice),
    row: ordinals === null ? null : ordinals[row]!,
    topic,
    partition,
    offset: firstOffset + row,
    reason,
    raw: bytes.subarray(starts[row], ends[row]),
  };
}

/** Where the Silver topology puts rows that cannot be parsed. */
export const deadLetterTopic: DeadLetterTopic = {
  topic: DEAD_LETTER_TOPIC,
  serialize: (letters, clock) =>
    deadLetterRecords(letters.map(letterRow), letters[0]!.records.partition, clock),
};

/** Bytes of a rejected file that are kept: enough to see what it is. */
const REJECTED_BYTES_MAX = 65_536;

/** The record of a file of which no row could be used. The file itself stays where it is. */
export const rejectedFileRecords = (
  file: {
    readonly feed: string;
    readonly sliceMs: number;
    readonly file: string;
    readonly message: string;
    readonly bytes: Uint8Array;
  },
  clock: Clock,
): OutgoingRecords =>
  deadLetterRecords(
    [
      {
        feed: file.feed,
        file: file.file,
        sliceMs: file.sliceMs,
        row: null,
        topic: null,
        partition: null,
        offset: null,
        reason: file.message,
        raw: file.bytes.subarray(0, REJECTED_BYTES_MAX),
      },
    ],
    0,
    clock,
  );
