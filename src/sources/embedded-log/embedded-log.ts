import assert from "node:assert/strict";
import { LRUCache } from "lru-cache";
import {
  partitionName,
  type RecordBatch,
  type Records,
  recordsBytes,
  type TopicPartition,
} from "../../record/record-batch.ts";
import { Turns } from "../../record/turns.ts";
import type { AdministeredLog } from "../../runtime/log-admin.ts";
import type { Committed, TopicSpec, TransactionalProducer } from "../../runtime/ports.ts";
import type { LogCatalog } from "../log-catalog.ts";
import { fenced } from "../log-errors.ts";
import { batchAt } from "../stored-rows.ts";
import { cleanJournal } from "./cleaner.ts";
import { type FileSystem, nodeFileSystem } from "./file-system.ts";
import { type FolderLock, hostProcesses, lockFolder, type Processes } from "./folder-lock.ts";
import { Journal } from "./journal.ts";
import { type Commit, type DiskRange, emptyCommit, type ListedRange } from "./journal-state.ts";
import { type Broker, EmbeddedProducer, type Transaction } from "./producer.ts";
import { recoverJournal } from "./recovery.ts";
import { decodeRows } from "./rows-frame.ts";

export interface EmbeddedLogOptions {
  /** Created if it is missing. One process at a time. */
  readonly folder: string;
  /** `commit`: a commit is on the disk when it returns. `none`: the system writes when it likes. */
  readonly durability?: "commit" | "none";
  /** Size of a journal file, the unit in which space is given back. */
  readonly segmentBytes?: number;
  /** Rows are stored, verified and read in pieces of about this size. */
  readonly frameBytes?: number;
  readonly files?: FileSystem;
  readonly processes?: Processes;
}

const cutFramesBytesMax = 16 << 20;

/**
 * Opens the log in a folder, after a crash too: what was committed is there, and nothing else.
 * @throws ConfigError when another process has the folder, or what was committed is damaged.
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const { folder, files = nodeFileSystem, processes = hostProcesses } = options;
  const { segmentBytes = 64 << 20, frameBytes = 1 << 20, durability = "commit" } = options;
  await files.makeFolder(folder);
  const lock = await lockFolder(files, folder, processes, "the embedded log");
  try {
    const journalOptions = { files, folder, segmentBytes };
    const journal = new Journal(journalOptions, await recoverJournal(journalOptions));
    return new EmbeddedLog({ journal, lock, frameBytes, durability });
  } catch (error) {
    await lock.release();
    throw error;
  }
}

interface Parts {
  readonly journal: Journal;
  readonly lock: FolderLock;
  readonly frameBytes: number;
  readonly durability: "commit" | "none";
}

/** A log on the local disk: what Kafka's transactions promise, for one process and no service. */
export class EmbeddedLog implements AdministeredLog {
  readonly #parts: Parts;
  readonly #journal: Journal;
  readonly #catalog: LogCatalog<DiskRange>;
  readonly #writes = new Turns();
  readonly #creations = new Turns();
  /** Where the next commit of a partition goes: after those written and not yet visible. */
  readonly #written = new Map<string, { end: number; newestMs: number }>();
  readonly #epochs: Map<string, number>;
  readonly #owners = new Map<string, EmbeddedProducer>();
  readonly #commits = new Map<string, Promise<void>>();
  /**
   * Frames of which a part has been read. Without them a frame would be read and verified again for
   * each of its parts: a tenth of the speed when batches are a sixteenth of a frame.
   */
  readonly #cutFrames = new LRUCache<DiskRange, Records>({
    maxSize: cutFramesBytesMax,
    sizeCalculation: recordsBytes,
  });
  /** The active segment when the journal was cleaned last. */
  #cleanedAt: number;
  #closed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#journal = parts.journal;
    this.#catalog = parts.journal.state.catalog;
    this.#cleanedAt = parts.journal.activeId;
    this.#epochs = new Map(parts.journal.state.epochs);
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#mustBeOpen();
    // One after the other: of two that disagree about a topic, the later has to see the earlier.
    await this.#creations.take(async () => {
      this.#catalog.checkTopics(topics);
      const known = this.#catalog.topics;
      const changed = topics.filter(
        ({ name, retention }) => known.get(name)?.spec.retention !== retention,
      );
      if (changed.length > 0) await this.#commit(() => ({ ...emptyCommit, topics: changed }));
    });
  }

  async partitions(topic: string): Promise<number> {
    this.#mustBeOpen();
    return this.#catalog.topics.get(topic)?.partitions.length ?? 0;
  }

  async bounds(at: TopicPartition): Promise<{ start: number; end: number }> {
    this.#mustBeOpen();
    const { start, end } = this.#catalog.partition(at);
    return { start, end };
  }

  async read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    this.#mustBeOpen();
    const range = this.#catalog.rangeAt(at, offset);
    if (!range) return null;
    const records = this.#cutFrames.get(range) ?? (await this.#readRange(at, range));
    const batch = batchAt(records, range.firstOffset, offset, bytesMax);
    if (batch.nextOffset < range.nextOffset) this.#cutFrames.set(range, records);
    else this.#cutFrames.delete(range);
    return batch;
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>> {
    this.#mustBeOpen();
    return this.#catalog.committed(group, partitions);
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    this.#mustBeOpen();
    const epoch = (this.#epochs.get(transactionalId) ?? -1) + 1;
    this.#epochs.set(transactionalId, epoch);
    const producer = new EmbeddedProducer(this.#broker(transactionalId, epoch));
    this.#owners.set(transactionalId, producer);
    // A commit that has begun ends one way or the other before the new owner asks how.
    await this.#commits.get(transactionalId);
    return producer;
  }

  /** The lock on the folder keeps every other process out. */
  async members(): Promise<readonly string[]> {
    return [];
  }

  async deleteGroup(group: string): Promise<void> {
    this.#mustBeOpen();
    if (!this.#catalog.groups.has(group)) return;
    await this.#commit(() => ({ ...emptyCommit, deletedGroups: [group] }));
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    await this.#creations.take(async () => {
      const deletedTopics = names.filter((name) => this.#catalog.topics.has(name));
      if (deletedTopics.length === 0) return;
      const ended = deletedTopics.flatMap((topic) =>
        this.#catalog.topics.get(topic)!.partitions.map((_, partition) => ({ topic, partition })),
      );
      await this.#commit(() => ({ ...emptyCommit, deletedTopics }));
      for (const at of ended) this.#written.delete(partitionName(at));
    });
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    this.#mustBeOpen();
    await this.#creations.take(async () => {
      const spec = this.#catalog.withPartitions(topic, partitions);
      if (spec) await this.#commit(() => ({ ...emptyCommit, topics: [spec] }));
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    try {
      await this.#writes.take(() => this.#journal.close());
    } finally {
      await this.#parts.lock.release();
    }
  }

  async #readRange(at: TopicPartition, range: DiskRange): Promise<Records> {
    const { frame, header } = await this.#journal.read(range.place);
    return decodeRows(at, frame, header);
  }

  #broker(transactionalId: string, epoch: number): Broker {
    const mustOwn = (): void => {
      this.#mustBeOpen();
      const owner = this.#epochs.get(transactionalId)!;
      if (owner !== epoch) throw fenced(transactionalId, epoch, owner);
    };
    return {
      transactionalId,
      frameBytes: this.#parts.frameBytes,
      mustOwn,
      mustExist: (at) => void this.#catalog.partition(at),
      append: (frame, placed) =>
        this.#writes.take(async () => placed(await this.#journal.append(frame))),
      commit: (transaction) => {
        const committing = this.#commit(() => {
          mustOwn();
          return { ...this.#listing(transaction), epochs: [[transactionalId, epoch]] };
        });
        this.#commits.set(
          transactionalId,
          committing.catch(() => {}),
        );
        return committing;
      },
    };
  }

  /** Commits what `build` returns when its turn has come; returns when it is visible. */
  async #commit(build: () => Commit): Promise<void> {
    const commit = await this.#writes.take(async () => {
      const built = build();
      const number = await this.#journal.commit(built);
      for (const range of built.ranges) this.#advance(range);
      if (this.#parts.durability === "none") this.#journal.makeVisible();
      return number;
    });
    if (this.#journal.activeId !== this.#cleanedAt) this.#cleanLater();
    await this.#journal.durable(commit);
  }

  /** Offsets are given at the commit, so that those of a partition have no gaps. */
  #listing({ rows, positions }: Transaction): Commit {
    const ends = new Map<string, { end: number; newestMs: number }>();
    const ranges = rows.map(({ topic, partition, offsets, newestMs, place }): ListedRange => {
      const at = { topic, partition };
      const name = partitionName(at);
      const { end, newestMs: before } = ends.get(name) ?? this.#writtenTo(at);
      const newest = Math.max(before, newestMs);
      ends.set(name, { end: end + offsets, newestMs: newest });
      const listed = Number.isFinite(newest) ? newest : null;
      return { ...at, firstOffset: end, nextOffset: end + offsets, newestMs: listed, place };
    });
    return {
      ...emptyCommit,
      ranges,
      positions: positions.map(
        ({ group, at }) => [group, partitionName(at), at.offset, at.metadata] as const,
      ),
    };
  }

  #writtenTo(at: TopicPartition): { end: number; newestMs: number } {
    const written = this.#written.get(partitionName(at));
    if (written) return written;
    const { end, ranges } = this.#catalog.partition(at);
    return { end, newestMs: ranges.at(-1)?.newestMs ?? Number.NEGATIVE_INFINITY };
  }

  #advance(range: ListedRange): void {
    const newestMs = range.newestMs ?? Number.NEGATIVE_INFINITY;
    this.#written.set(partitionName(range), { end: range.nextOffset, newestMs });
  }

  /** What cannot be cleaned now, because the disk fails, will be when the next segment begins. */
  #cleanLater(): void {
    this.#cleanedAt = this.#journal.activeId;
    const cleaning = this.#writes.take(async () => {
      const firstSegments = [...this.#owners.values()].map((producer) => producer.firstSegment);
      await cleanJournal(this.#journal, Math.min(...firstSegments));
      this.#cleanedAt = this.#journal.activeId;
    });
    cleaning.catch(() => {});
  }

  #mustBeOpen(): void {
    assert(!this.#closed, "the embedded log has been closed");
  }
}
