import { EVENT, eventColumns, GKG, gkgColumns, MENTION, mentionColumns } from "../gdelt/columns.ts";
import { parseStamp } from "../gdelt/feeds.ts";
import { eventProblem } from "../gdelt/parse-event.ts";
import { gkgProblem } from "../gdelt/parse-gkg.ts";
import { mentionProblem } from "../gdelt/parse-mention.ts";
import { NumberParser, PARSED } from "../gdelt/parse-number.ts";
import type { RowProblem } from "../gdelt/row-problem.ts";
import { TsvRows } from "../gdelt/tsv-rows.ts";
import { type Batch, MAIN } from "../operators/batch.ts";
import { ENTRY_BYTES_MAX } from "../state/slab.ts";
import type { Deserializer } from "../topology/topology.ts";
import { TEXT_BYTES_MAX } from "./mention-entry.ts";

/** Reads the rows of a feed's topic; nothing but the places of the fields is decoded. */
const tsvDeserializer =
  (columns: number): Deserializer<TsvRows> =>
  () => {
    const rows = new TsvRows(columns);
    return (records) => {
      rows.load(records);
      const { length, partition, keys, timestampsMs } = records;
      return { rows, length, partition, keys, timestampsMs, records, output: MAIN };
    };
  };

type Check = (batch: Batch<TsvRows>, row: number) => string | null;

/**
 * What makes a row a dead letter: it does not parse, or is over what state can hold, or its stamp is
 * not that of the file it came in, so that no slice could say when it is complete.
 */
function checkOf(problem: RowProblem, stampColumn: number, rowBytesMax: number): Check {
  const parser = new NumberParser();
  // One file's rows come together: its slice is parsed once.
  let slice: string | undefined;
  let sliceMs: number | null = null;
  return ({ rows, records }, row) => {
    const reason = problem(rows, row);
    if (reason !== null) return reason;
    const rowBytes = rows.rowEnd(row) - rows.rowStart(row);
    if (rowBytes > rowBytesMax) return `too_long: row of ${rowBytes} bytes, at most ${rowBytesMax}`;
    if (records?.headers["slice"] !== slice) {
      slice = records?.headers["slice"];
      sliceMs = slice === undefined ? null : parseStamp(slice);
    }
    if (sliceMs === null) return null;
    parser.stamp(rows.bytes, rows.fieldStart(row, stampColumn), rows.fieldEnd(row, stampColumn));
    if (parser.value === sliceMs) return null;
    return `wrong_slice: ${rows.text(row, stampColumn)} in a file of ${slice}`;
  };
}

/** What the topology has to know of the rows of a feed. */
export interface FeedRows {
  readonly deserialize: Deserializer<TsvRows>;
  readonly check: Check;
  readonly columns: number;
  /** The column that decides on a row's partition, and what it is the key of. */
  readonly keyColumn: number;
  readonly keyName: string;
  /** The column that names the row's slice. */
  readonly stampColumn: number;
}

/** Rows whose event time is their own stamp, whatever time their records bear. */
export const stamped =
  ({ deserialize, columns, stampColumn }: FeedRows): Deserializer<TsvRows> =>
  () => {
    const read = deserialize();
    const parser = new NumberParser();
    return (records) => {
      const batch = read(records);
      const { rows, length } = batch;
      const timestampsMs = new Float64Array(length).fill(Number.NaN);
      for (let row = 0; row < length; row++) {
        if (rows.fieldCount(row) !== columns) continue;
        const start = rows.fieldStart(row, stampColumn);
        const status = parser.stamp(rows.bytes, start, rows.fieldEnd(row, stampColumn));
        if (status === PARSED) timestampsMs[row] = parser.value;
      }
      return { ...batch, timestampsMs };
    };
  };

export const events: FeedRows = {
  deserialize: tsvDeserializer(eventColumns.length),
  check: checkOf(eventProblem, EVENT.DATEADDED, ENTRY_BYTES_MAX),
  columns: eventColumns.length,
  keyColumn: EVENT.GlobalEventID,
  keyName: "id",
  stampColumn: EVENT.DATEADDED,
};

export const mentions: FeedRows = {
  deserialize: tsvDeserializer(mentionColumns.length),
  check: checkOf(mentionProblem, MENTION.MentionTimeDate, TEXT_BYTES_MAX),
  columns: mentionColumns.length,
  keyColumn: MENTION.MentionIdentifier,
  keyName: "document",
  stampColumn: MENTION.MentionTimeDate,
};

export const gkg: FeedRows = {
  deserialize: tsvDeserializer(gkgColumns.length),
  check: checkOf(gkgProblem, GKG.DATE, Number.POSITIVE_INFINITY),
  columns: gkgColumns.length,
  keyColumn: GKG.DocumentIdentifier,
  keyName: "document",
  stampColumn: GKG.DATE,
};
