import { parseStamp, SLICES_TOPIC } from "../gdelt/feeds.ts";
import { ConfigError } from "../record/errors.ts";
import type { RecordBatch, Records } from "../record/record-batch.ts";
import { publishSpanId, traceHeaders } from "../record/trace.ts";
import type { FileOutcome } from "./file-outcome.ts";

export type FeedStatus = "published" | "missing" | "rejected";

/** A feed has closed an attempt at a slice. */
export interface SliceEntry {
  /** The slice's stamp. */
  readonly slice: string;
  /** 1 for the first publication. 0: refused, nothing was published or closed. */
  readonly attempt: number;
  readonly feed: string;
  readonly status: FeedStatus;
  /** Name of the file which this attempt took or rejected; null when it closes without one. */
  readonly file: string | null;
  /** Of the file as found: MD5 of a zip, CRC-32 and size of another; null where none was read. */
  readonly checksum: string | null;
  /** Size of the file as found. */
  readonly bytes: number;
  /** Rows which this attempt put into the topic. */
  readonly rows: number;
  /**
   * Why a file was rejected; `too_old`; or `unchanged`: another feed has re-opened the slice, for
   * this one the status it had still holds.
   */
  readonly reason: string | null;
  /** What became of the feed's file; null in entries from before this was recorded. */
  readonly outcome: FileOutcome | null;
  /** The feeds which have to close this attempt. */
  readonly feeds: readonly string[];
  /** Feeds not published in this slice so far; the same as in the attempt's end markers. */
  readonly missing: readonly string[];
}

/** The entry after the last one. */
const END_OF_STREAM_ENTRY = { status: "end_of_stream" } as const;

/** From here on rows lie in so many partitions of each raw topic, the first ones. */
export interface RescaleEntry {
  readonly status: "rescaled";
  readonly partitions: number;
}

export type LogEntry = SliceEntry | RescaleEntry | typeof END_OF_STREAM_ENTRY;

/** The record of an entry; `timestampMs` is the time of its slice. */
export function entryRecords(
  entry: SliceEntry | RescaleEntry | "end_of_stream",
  timestampMs: number,
): Records {
  const value = entry === "end_of_stream" ? END_OF_STREAM_ENTRY : entry;
  const bytes = Buffer.from(JSON.stringify(value));
  return {
    topic: SLICES_TOPIC,
    partition: 0,
    bytes,
    starts: Int32Array.of(0),
    ends: Int32Array.of(bytes.length),
    length: 1,
    keys: null,
    timestampsMs: Float64Array.of(timestampMs),
    ordinals: null,
    headers: { "content-type": "application/json", ...traceOf(value, timestampMs) },
    control: null,
  };
}

/** Where the trace of a slice begins. */
const traceOf = (entry: LogEntry, sliceMs: number): Readonly<Record<string, string>> =>
  "slice" in entry ? traceHeaders(sliceMs, publishSpanId(sliceMs, entry.attempt)) : {};

/** @throws ConfigError when the topic holds something else: then it is not ours to continue. */
export function* decodeEntries(batch: RecordBatch): Generator<LogEntry> {
  for (let i = 0; i < batch.length; i++) {
    const text = Buffer.from(batch.bytes.subarray(batch.starts[i]!, batch.ends[i]!)).toString();
    yield decode(text, batch.firstOffset + i);
  }
}

function decode(text: string, offset: number): LogEntry {
  let cause: unknown;
  try {
    const entry: LogEntry = JSON.parse(text);
    if (entry.status === END_OF_STREAM_ENTRY.status) return END_OF_STREAM_ENTRY;
    if (entry.status === "rescaled") return entry;
    if (parseStamp(entry.slice) !== null && Array.isArray(entry.feeds)) {
      return { ...entry, outcome: entry.outcome ?? null };
    }
  } catch (error) {
    cause = error;
  }
  throw new ConfigError(
    `${SLICES_TOPIC} offset ${offset} is not an entry of a slice: ${text.slice(0, 80)}; ` +
      "give the topic to this publisher alone, or start under a new generation",
    { cause },
  );
}
