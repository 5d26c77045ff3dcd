import assert from "node:assert/strict";
import { basename } from "node:path";
import { type Feed, feedNamed, SLICES_TOPIC, stampOf } from "../gdelt/feeds.ts";
import { ConfigError, RetriableError } from "../record/errors.ts";
import type { Records } from "../record/record-batch.ts";
import type { Log, TransactionalProducer } from "../runtime/ports.ts";
import { FeedFileError } from "../sources/feed-file.ts";
import type { ArchiveSlice } from "../sources/slice-archive.ts";
import { type FoundFile, planAttempt } from "./attempt-plan.ts";
import { type DeadLetter, endOfStreamRecords, feedTransaction } from "./feed-transaction.ts";
import type { Absence } from "./file-outcome.ts";
import type { ReadFile } from "./read-ahead.ts";
import { decodeEntries, entryRecords, type SliceEntry } from "./slice-entry.ts";
import { fileIdentity, type PublishedSlices, SliceIndex } from "./slice-index.ts";

export interface PublisherOptions {
  /** Names the producer, `<application>-publisher`: a second one of this name fences the first. */
  readonly application: string;
  /** Names of the feeds which close a slice, in the order in which they are published. */
  readonly feeds: readonly string[];
  /** Of each raw topic. */
  readonly partitions: number;
  /** A slice so much older than the newest is refused: what it would join with is gone. */
  readonly retentionMs: number;
  /** What to write about a file that is rejected, in the transaction which closes its feed. */
  readonly deadLetter?: DeadLetter;
}

export interface PublishedSlice {
  /** `unchanged`: all that is there had been published before. */
  readonly outcome: "published" | "unchanged" | "too_old";
  /** What this call has closed, in the order of the transactions, one entry per transaction. */
  readonly closed: readonly SliceEntry[];
  /** Files which had been published or rejected before. */
  readonly duplicates: number;
  /** Files not published because the slice is too old. */
  readonly refused: number;
}

/**
 * Puts slices into the raw topics so that each is there whole and once, whatever is killed when.
 * A feed's rows, its end markers and its entry in `gdelt.slices` are one transaction; the entries
 * say what an interrupted attempt still lacks. A feed without a usable file is closed empty; a file
 * that turns up later re-opens the slice: the next attempt has its rows, and nothing of the others.
 *
 * One call at a time. A call whose transaction fails leaves the publisher unusable, because what
 * the log has taken is then unknown: open a new one and publish the slice again.
 */
export class SlicePublisher {
  readonly #options: PublisherOptions;
  readonly #feeds: ReadonlyMap<string, Feed>;
  readonly #producer: TransactionalProducer;
  readonly #index: SliceIndex;
  #state: "ready" | "busy" | "failed" = "ready";

  private constructor(
    options: PublisherOptions,
    feeds: readonly Feed[],
    producer: TransactionalProducer,
    index: SliceIndex,
  ) {
    this.#options = options;
    this.#feeds = new Map(feeds.map((feed) => [feed.name, feed]));
    this.#producer = producer;
    this.#index = index;
  }

  /** @throws ConfigError when a topic is missing or has other partitions. */
  static async open(log: Log, options: PublisherOptions): Promise<SlicePublisher> {
    const feeds = options.feeds.map(feedNamed);
    await checkTopic(log, SLICES_TOPIC, 1, false);
    const index = new SliceIndex(options);
    const read = await readEntries(log, index, null);
    const isRescaled = index.partitions !== null;
    const partitions = index.partitions ?? options.partitions;
    for (const topic of new Set(feeds.map((feed) => feed.topic))) {
      await checkTopic(log, topic, partitions, isRescaled);
    }
    // Then the producer: it shuts out whoever might still add to what is left to read.
    const producer = await log.producer(`${options.application}-publisher`);
    await readEntries(log, index, read);
    return new SlicePublisher(options, feeds, producer, index);
  }

  /** Of each raw topic that rows are put into: as configured, unless that was changed since. */
  get partitions(): number {
    return this.#index.partitions ?? this.#options.partitions;
  }

  /**
   * Publishes to another number of partitions from the next slice on; they have to be there.
   * @throws ConfigError while a slice is published in part.
   */
  rescale(partitions: number): Promise<void> {
    return this.#exclusively(async () => {
      const [open] = this.#index.open;
      if (open !== undefined) {
        throw new ConfigError(
          `slice ${stampOf(open)} is published in part: let the producer finish it first`,
        );
      }
      const entry = { status: "rescaled", partitions } as const;
      // Dated like the newest slice, as the end of the stream is.
      await this.#transact([entryRecords(entry, Math.max(0, this.#index.newestMs))]);
      this.#index.apply(entry);
    });
  }

  /** What has been published so far; it goes on changing. */
  get published(): PublishedSlices {
    return this.#index;
  }

  /**
   * Publishes what is new in a slice. Files of feeds that are not configured are not read, nor
   * those of a slice that is too old. `absences` says why feeds are missing, where it is known.
   * @throws ConfigError when there is something new after the end of the stream; else what the log
   * and `read` throw.
   */
  publish(
    slice: ArchiveSlice,
    read: ReadFile,
    absences: ReadonlyMap<string, Absence> = new Map(),
  ): Promise<PublishedSlice> {
    return this.#exclusively(async () => {
      if (this.#index.isTooOld(slice.sliceMs) && !this.#index.open.has(slice.sliceMs)) {
        return this.#refuse(slice);
      }
      const found = await this.#find(slice, read);
      const duplicates = found.size - this.#fresh(slice, found).size;
      const closed = await this.#publishFresh(slice, found, absences);
      const outcome = closed.length > 0 ? "published" : "unchanged";
      return { outcome, closed, duplicates, refused: 0 };
    });
  }

  /** Closes every slice there will ever be. A second call does nothing. */
  endOfStream(): Promise<void> {
    return this.#exclusively(async () => {
      if (this.#index.ended) return;
      await this.#finishOpen();
      const markers = [...this.#feeds.values()].flatMap((feed) =>
        endOfStreamRecords(feed, this.partitions),
      );
      // Dated like the newest slice: a date at the end of time would expire all other entries.
      const newestMs = Math.max(0, this.#index.newestMs);
      await this.#transact([...markers, entryRecords("end_of_stream", newestMs)]);
      this.#index.apply({ status: "end_of_stream" });
    });
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    assert(this.#state !== "busy", "the publisher takes one call at a time");
    if (this.#state === "failed") {
      throw new RetriableError("a transaction of this publisher has failed: open a new one");
    }
    this.#state = "busy";
    try {
      return await work();
    } finally {
      if (this.#state === "busy") this.#state = "ready";
    }
  }

  async #find(slice: ArchiveSlice, read: ReadFile): Promise<ReadonlyMap<string, FoundFile>> {
    const found = new Map<string, FoundFile>();
    const findOne = async (feed: string): Promise<void> => {
      const path = slice.files.get(feed);
      if (path !== undefined) found.set(feed, await findFile(path, read));
    };
    await Promise.all(this.#options.feeds.map(findOne));
    return found;
  }

  /** Without the files which have been published or rejected before. */
  #fresh(
    { sliceMs }: ArchiveSlice,
    found: ReadonlyMap<string, FoundFile>,
  ): ReadonlyMap<string, FoundFile> {
    const feeds = this.#index.slice(sliceMs)?.feeds;
    return new Map(
      [...found].filter(([feed, { identity }]) => !feeds?.get(feed)?.seen.includes(identity)),
    );
  }

  /** First what an interrupted attempt lacks, then an attempt for what had no place in that one. */
  async #publishFresh(
    slice: ArchiveSlice,
    found: ReadonlyMap<string, FoundFile>,
    absences: ReadonlyMap<string, Absence>,
  ): Promise<SliceEntry[]> {
    const { sliceMs } = slice;
    const closed: SliceEntry[] = [];
    for (;;) {
      const fresh = this.#fresh(slice, found);
      if (!this.#index.open.has(sliceMs)) {
        if (this.#index.slice(sliceMs) && fresh.size === 0) return closed;
        await this.#finishOpen();
      }
      closed.push(...(await this.#attempt(sliceMs, fresh, absences)));
    }
  }

  /** An attempt that was interrupted, and whose slice did not come again, is closed empty. */
  async #finishOpen(): Promise<void> {
    const none = new Map();
    for (const sliceMs of [...this.#index.open]) await this.#attempt(sliceMs, none, none);
  }

  async #attempt(
    sliceMs: number,
    fresh: ReadonlyMap<string, FoundFile>,
    absences: ReadonlyMap<string, Absence>,
  ): Promise<SliceEntry[]> {
    this.#mustNotHaveEnded(sliceMs);
    const { partitions } = this;
    const { feeds, deadLetter = () => [] } = this.#options;
    const open = this.#index.open.has(sliceMs);
    const plan = planAttempt(this.#index.slice(sliceMs), open, feeds, fresh, absences);
    const entries: SliceEntry[] = [];
    for (const closing of plan.closings) {
      const at = { feed: this.#feeds.get(closing.feed)!, partitions, sliceMs };
      const { entry, records } = feedTransaction(at, plan, closing, deadLetter);
      await this.#transact(records);
      this.#index.apply(entry);
      entries.push(entry);
    }
    return entries;
  }

  /** Nothing can be joined with it any more, so it is only said that it was there. */
  async #refuse(slice: ArchiveSlice): Promise<PublishedSlice> {
    const published = this.#index.publishedFeeds(slice.sliceMs);
    const present = this.#options.feeds.filter((feed) => slice.files.has(feed));
    const refused = present.filter((feed) => !published?.includes(feed));
    const entries = refused
      .map((feed) => refusal(slice, feed, this.#options.feeds))
      .filter((entry) => !this.#index.isRefused(entry));
    if (entries.length > 0) {
      this.#mustNotHaveEnded(slice.sliceMs);
      await this.#transact(entries.map((entry) => entryRecords(entry, slice.sliceMs)));
      for (const entry of entries) this.#index.apply(entry);
    }
    const outcome = published && refused.length === 0 ? "unchanged" : "too_old";
    const duplicates = present.length - refused.length;
    return { outcome, closed: [], duplicates, refused: refused.length };
  }

  #mustNotHaveEnded(sliceMs: number): void {
    if (!this.#index.ended) return;
    throw new ConfigError(
      `slice ${stampOf(sliceMs)} has something new, but the stream has been ended: ` +
        "start under a new generation to publish more",
    );
  }

  async #transact(records: readonly Records[]): Promise<void> {
    this.#state = "failed";
    try {
      for (const each of records) await this.#producer.send(each);
    } catch (error) {
      // Or readers wait for its timeout. If this fails too, the next producer does it.
      await this.#producer.abort().catch(() => {});
      throw error;
    }
    await this.#producer.commit();
    this.#state = "busy";
  }
}

async function findFile(path: string, read: ReadFile): Promise<FoundFile> {
  try {
    const file = await read(path);
    return { ...file, identity: fileIdentity(file.checksum, null), error: null };
  } catch (error) {
    if (!(error instanceof FeedFileError)) throw error;
    const { name, checksum, fileBytes } = error.file;
    const identity = fileIdentity(checksum, error.reason);
    return { name, checksum, bytes: NO_ROWS, fileBytes, identity, error };
  }
}

const NO_ROWS = Buffer.alloc(0);

const refusal = (slice: ArchiveSlice, feed: string, feeds: readonly string[]): SliceEntry => ({
  slice: slice.stamp,
  attempt: 0,
  feed,
  status: "rejected",
  file: basename(slice.files.get(feed)!),
  checksum: null,
  bytes: 0,
  rows: 0,
  reason: "too_old",
  outcome: "too_old",
  feeds,
  missing: [],
});

/** What has been published into a log, for who does not publish; nothing where there is no such topic. */
export async function publishedIn(
  log: Log,
  options: { readonly retentionMs: number; readonly feeds: readonly string[] },
): Promise<PublishedSlices> {
  const index = new SliceIndex(options);
  if ((await log.partitions(SLICES_TOPIC)) > 0) await readEntries(log, index, null);
  return index;
}

/** How many partitions slices are published to, as the log says; null: never was it changed. */
export async function announcedPartitions(log: Log): Promise<number | null> {
  return (await publishedSlices(log, [], 0)).partitions;
}

/** What has been published, as the log says now. A slice is open as long as one of these feeds has not closed it. */
export async function publishedSlices(
  log: Log,
  feeds: readonly string[],
  retentionMs: number,
): Promise<PublishedSlices> {
  const index = new SliceIndex({ retentionMs, feeds });
  await readEntries(log, index, null);
  return index;
}

/** Once the number was changed a topic may have more than are used. */
async function checkTopic(
  log: Log,
  topic: string,
  partitions: number,
  mayHaveMore: boolean,
): Promise<void> {
  const found = await log.partitions(topic);
  if (found === partitions || (mayHaveMore && found > partitions)) return;
  const advice = "create the topics first, and give publisher and topology the same number";
  throw new ConfigError(
    `topic ${topic} has ${found} partitions instead of ${partitions}: ${advice}`,
  );
}

const READ_BYTES_MAX = 1 << 20;

/** Takes the entries from an offset on, or from the first; the offset after the last. */
async function readEntries(log: Log, index: SliceIndex, from: number | null): Promise<number> {
  const at = { topic: SLICES_TOPIC, partition: 0 };
  const { start, end } = await log.bounds(at);
  let offset = from ?? start;
  while (offset < end) {
    const batch = await log.read(at, offset, READ_BYTES_MAX);
    if (batch === null) break;
    for (const entry of decodeEntries(batch)) index.apply(entry);
    offset = batch.nextOffset;
  }
  return offset;
}
