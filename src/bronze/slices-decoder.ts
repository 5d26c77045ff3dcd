import { bronzeSlicesSchema } from "../gdelt/bronze-schema.ts";
import { parseStamp } from "../gdelt/feeds.ts";
import {
  decodeEntries,
  type LogEntry,
  type RescaleEntry,
  type SliceEntry,
} from "../ingest/slice-entry.ts";
import { ArrowBatchBuilder } from "../record/arrow/batch-builder.ts";
import type { BytesColumn, TextListColumn } from "../record/arrow/byte-columns.ts";
import type { Int32Column, Int64Column } from "../record/arrow/number-columns.ts";
import type { RowDecoder } from "../sinks/row-decoder.ts";

/**
 * Makes rows of `bronze.slices` of the entries of `gdelt.slices`: a few per slice, so an object each
 * does no harm. @throws ConfigError when the topic holds something else.
 */
export const slicesDecoder: RowDecoder = (records, first) => {
  const builder = new ArrowBatchBuilder(bronzeSlicesSchema);
  const { partition, firstOffset, timestampsMs } = records;
  let i = -1;
  for (const entry of decodeEntries(records)) {
    // How rows lie in the log is no news of a slice.
    if (++i < first || entry.status === "rescaled") continue;
    append(builder, asRow(entry, timestampsMs[i]!));
    builder.column<Int32Column>("partition").append(partition);
    builder.column<Int64Column>("offset").append(firstOffset + i);
  }
  return builder.length === 0 ? [] : [builder.batch()];
};

interface Row extends Omit<SliceEntry, "slice" | "status"> {
  readonly sliceMs: number;
  readonly status: string;
}

/** `timestampMs` is the slice's; that of the newest slice for the end of the stream. */
function asRow(entry: Exclude<LogEntry, RescaleEntry>, timestampMs: number): Row {
  if (entry.status !== "end_of_stream") {
    return { ...entry, sliceMs: parseStamp(entry.slice)! };
  }
  return {
    sliceMs: timestampMs,
    attempt: 0,
    feed: "",
    status: entry.status,
    file: null,
    checksum: null,
    bytes: 0,
    rows: 0,
    reason: null,
    outcome: null,
    feeds: [],
    missing: [],
  };
}

function append(builder: ArrowBatchBuilder, row: Row): void {
  const text = (name: "feed" | "status" | "file" | "checksum" | "reason" | "outcome") => {
    const column = builder.column<BytesColumn>(name);
    const value = row[name];
    if (value === null) column.appendNull();
    else column.appendString(value);
  };
  const list = (name: "feeds" | "missing") => {
    const column = builder.column<TextListColumn>(name);
    for (const item of row[name]) {
      const bytes = Buffer.from(item);
      column.item(bytes, 0, bytes.length);
    }
    column.endList();
  };
  builder.column<Int64Column>("slice").append(row.sliceMs);
  builder.column<Int32Column>("attempt").append(row.attempt);
  text("feed");
  text("status");
  text("file");
  text("checksum");
  builder.column<Int64Column>("bytes").append(row.bytes);
  builder.column<Int64Column>("rows").append(row.rows);
  text("reason");
  text("outcome");
  list("feeds");
  list("missing");
}
