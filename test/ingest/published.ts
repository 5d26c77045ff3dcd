import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { parseStamp, SLICES_TOPIC } from "../../src/gdelt/feeds.ts";
import { decodeEntries, type LogEntry } from "../../src/ingest/slice-entry.ts";
import { type PublisherOptions, SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import type { RecordBatch } from "../../src/record/record-batch.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { type FeedFile, FeedFileError } from "../../src/sources/feed-file.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import type { ArchiveSlice } from "../../src/sources/slice-archive.ts";

/** What the publisher's tests have in common: a log with its topics, and what is in it then. */
export const OPTIONS: PublisherOptions = {
  application: "test",
  feeds: ["events", "mentions", "gkg"],
  partitions: 2,
  retentionMs: 24 * 3_600_000,
};

export async function newLog(partitions = OPTIONS.partitions): Promise<MemoryLog> {
  const log = new MemoryLog();
  const raw = ["gdelt.events", "gdelt.mentions", "gdelt.gkg"];
  await log.createTopics([
    ...raw.map((name) => ({ name, partitions, retention: "forever" as const })),
    { name: SLICES_TOPIC, partitions: 1, retention: "forever" },
    { name: "dead.letters", partitions: 1, retention: "forever" },
  ]);
  return log;
}

/** A slice from the content of its files; a feed's path is its name. */
export const sliceOf = (stamp: string, feeds: readonly string[]): ArchiveSlice => ({
  stamp,
  sliceMs: parseStamp(stamp)!,
  files: new Map(feeds.map((feed) => [feed, `${stamp}.${feed}`])),
});

export const fileOf = (name: string, content: string): FeedFile => ({
  name,
  bytes: Buffer.from(content),
  checksum: hash("md5", content),
  fileBytes: content.length,
});

export async function batches(log: Log, topic: string): Promise<RecordBatch[]> {
  const found: RecordBatch[] = [];
  for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
    const at = { topic, partition };
    const { start, end } = await log.bounds(at);
    for (let offset = start; offset < end; ) {
      const batch = await log.read(at, offset, 1 << 20);
      assert(batch);
      found.push(batch);
      offset = batch.nextOffset;
    }
  }
  return found;
}

export const entries = async (log: Log): Promise<LogEntry[]> =>
  (await batches(log, SLICES_TOPIC)).flatMap((batch) => [...decodeEntries(batch)]);

export interface PublishedRow {
  readonly partition: number;
  readonly feed: string;
  readonly slice: string;
  readonly file: string;
  readonly ordinal: number;
  readonly attempt: number;
  readonly text: string;
}

/**
 * The rows of a topic with the attempt they belong to: that of the end marker which follows them.
 * Checks what every reader relies on: rows of an attempt are directly before its marker, the marker
 * counts them, and a feed closes each attempt once per partition, in order.
 */
export async function publishedRows(log: Log, topic: string): Promise<PublishedRow[]> {
  const rows: PublishedRow[] = [];
  let pending: Omit<PublishedRow, "attempt">[] = [];
  const lastAttempt = new Map<string, number>();
  for (const batch of await batches(log, topic)) {
    const { partition, headers, control } = batch;
    for (let i = 0; i < batch.length; i++) {
      const text = Buffer.from(batch.bytes.subarray(batch.starts[i], batch.ends[i])).toString();
      const { feed = "", slice = "", file = "" } = headers;
      pending.push({ partition, feed, slice, file, ordinal: batch.ordinals![i]!, text });
      assert.equal(batch.timestampsMs[i], parseStamp(slice));
    }
    if (!control) continue;
    const { attempt, from, sliceMs } = control;
    for (const row of pending) {
      assert.deepEqual(
        [row.feed, parseStamp(row.slice), row.partition],
        [from, sliceMs, partition],
      );
    }
    assert.equal(control.rows, pending.length);
    const name = `${partition} ${from} ${sliceMs}`;
    assert.equal(attempt, (lastAttempt.get(name) ?? 0) + 1, `attempt of ${name}`);
    lastAttempt.set(name, attempt);
    rows.push(...pending.map((row) => ({ ...row, attempt })));
    pending = [];
  }
  assert.deepEqual(pending, [], "rows without an end marker");
  return rows;
}

/** Three rows of a feed's file; the key is in column 0 for events, else it is the whole row. */
export const content = (path: string): string => `1\t${path}\n2\t${path}\n3\t${path}\n`;

export const readContent = async (path: string): Promise<FeedFile> => fileOf(path, content(path));

export const openPublisher = (log: Log, options: Partial<PublisherOptions> = {}) =>
  SlicePublisher.open(log, { ...OPTIONS, ...options });

/** What reading a web page instead of a zip throws. */
export function damaged(path: string): FeedFileError {
  return new FeedFileError(fileOf(path, "<html>"), "not_a_zip", "not a zip");
}

/** An entry in one line: time and attempt, feed, status, rows, missing feeds, reason. */
export const short = (entry: LogEntry): string =>
  !("slice" in entry)
    ? "end"
    : `${entry.slice.slice(8, 12)}@${entry.attempt} ${entry.feed} ${entry.status} ${entry.rows} ` +
      `[${entry.missing}]${entry.reason ? ` ${entry.reason}` : ""}`;

export const shortEntries = async (log: Log): Promise<string[]> => (await entries(log)).map(short);

export const rowsOf = async (log: Log, feed: string): Promise<string[]> =>
  (await publishedRows(log, `gdelt.${feed}`)).map(({ text, attempt }) => `${text} @${attempt}`);

/** The same log, for a test to replace one of its methods. */
export const forwarding = (log: Log): Log => ({
  createTopics: (topics) => log.createTopics(topics),
  partitions: (topic) => log.partitions(topic),
  bounds: (at) => log.bounds(at),
  read: (...position) => log.read(...position),
  committed: (...positions) => log.committed(...positions),
  producer: (id) => log.producer(id),
  close: () => log.close(),
});
