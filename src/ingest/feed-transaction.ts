import { type Feed, stampOf } from "../gdelt/feeds.ts";
import type { Records } from "../record/record-batch.ts";
import { END_OF_STREAM } from "../record/slice-end.ts";
import type { FeedFileError } from "../sources/feed-file.ts";
import type { AttemptPlan, Closing } from "./attempt-plan.ts";
import { feedRecords } from "./feed-rows.ts";
import { type FileOutcome, outcomeOfRows } from "./file-outcome.ts";
import { entryRecords, type SliceEntry } from "./slice-entry.ts";

/** A file of which no row could be published, for the dead letters. */
interface RejectedFile {
  readonly feed: string;
  readonly sliceMs: number;
  readonly file: string;
  readonly reason: string;
  readonly message: string;
  /** The file as found, zipped or not; empty if it could not be read. */
  readonly bytes: Uint8Array;
}

export type DeadLetter = (rejected: RejectedFile) => readonly Records[];

const NOTHING = Buffer.alloc(0);

/** All that one feed writes for one attempt at a slice, and the entry which says so. */
export function feedTransaction(
  at: { readonly feed: Feed; readonly partitions: number; readonly sliceMs: number },
  plan: AttemptPlan,
  closing: Closing,
  deadLetter: DeadLetter,
): { entry: SliceEntry; records: readonly Records[] } {
  const { feed, sliceMs } = at;
  const { attempt, expected, missing } = plan;
  const { found, status, reason } = closing;
  const slice = stampOf(sliceMs);
  const { rows, records } = feedRecords({
    ...at,
    topic: feed.topic,
    keyColumn: feed.keyColumn,
    bytes: found?.bytes ?? NOTHING,
    headers: { feed: feed.name, slice, ...(found && { file: found.name }) },
    endOf: (inPartition) => ({ sliceMs, attempt, from: feed.name, rows: inPartition, missing }),
  });
  const entry: SliceEntry = {
    slice,
    attempt,
    feed: feed.name,
    status,
    file: found?.name ?? null,
    checksum: found?.checksum || null,
    bytes: found?.fileBytes ?? 0,
    rows,
    reason,
    outcome: outcomeOf(feed, closing, rows),
    feeds: expected,
    missing,
  };
  const letters = found?.error ? deadLetter(rejected(at, found.error)) : [];
  return { entry, records: [...records, ...letters, entryRecords(entry, sliceMs)] };
}

function outcomeOf(feed: Feed, { found, absence }: Closing, rows: number): FileOutcome {
  if (found) return found.error?.reason ?? outcomeOfRows(feed, found.bytes, rows);
  return absence ?? "unchanged";
}

const rejected = (
  { feed, sliceMs }: { readonly feed: Feed; readonly sliceMs: number },
  { file, reason, message }: FeedFileError,
): RejectedFile => ({
  feed: feed.name,
  sliceMs,
  file: file.name,
  reason,
  message,
  bytes: file.bytes,
});

/** The markers after which no slice of the feed comes any more. */
export const endOfStreamRecords = (feed: Feed, partitions: number): readonly Records[] =>
  feedRecords({
    topic: feed.topic,
    partitions,
    keyColumn: feed.keyColumn,
    bytes: NOTHING,
    sliceMs: END_OF_STREAM,
    headers: { feed: feed.name },
    endOf: (rows) => ({
      sliceMs: END_OF_STREAM,
      attempt: 1,
      from: feed.name,
      rows,
      missing: [],
    }),
  }).records;
