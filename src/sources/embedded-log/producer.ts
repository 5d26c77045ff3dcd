import { RetriableError, TaskMigratedError } from "../../record/errors.ts";
import type { Records, TopicPartition } from "../../record/record-batch.ts";
import type { OffsetCommit, TransactionalProducer } from "../../runtime/ports.ts";
import { newestTimestampMs } from "../stored-rows.ts";
import type { Frame, Place } from "./frame.ts";
import { encodeRows, frameEnd } from "./rows-frame.ts";

/** Rows that are in the journal and count from the commit on. */
interface WrittenRows extends TopicPartition {
  /** Offsets they will take up. */
  readonly offsets: number;
  readonly newestMs: number;
  readonly place: Place;
}

export interface Transaction {
  readonly rows: WrittenRows[];
  readonly positions: { readonly group: string; readonly at: OffsetCommit }[];
}

/** What a producer asks of its log. */
export interface Broker {
  readonly transactionalId: string;
  /** Rows are written in frames of about this size. */
  readonly frameBytes: number;
  /** Throws when a newer producer has the id. */
  mustOwn(): void;
  /** Throws when there is no such partition. */
  mustExist(at: TopicPartition): void;
  /** Writes a frame and calls `placed` before anything else is written. */
  append(frame: Frame, placed: (place: Place) => void): Promise<void>;
  commit(transaction: Transaction): Promise<void>;
}

export class EmbeddedProducer implements TransactionalProducer {
  readonly #broker: Broker;
  #transaction: Transaction = { rows: [], positions: [] };
  #failedSend: unknown = null;
  #failedCommit: unknown = null;

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  /** The first segment with rows of the open transaction, or Infinity: it must not be deleted. */
  get firstSegment(): number {
    return this.#transaction.rows[0]?.place.segment ?? Number.POSITIVE_INFINITY;
  }

  async send(records: Records): Promise<void> {
    this.#mustWork();
    this.#broker.mustExist(records);
    if (records.length === 0 && records.control === null) return;
    const { rows } = this.#transaction;
    const { topic, partition, length } = records;
    const newestMs = newestTimestampMs(records);
    let from = 0;
    try {
      do {
        const to = frameEnd(records, from, this.#broker.frameBytes);
        const offsets = to - from + (to === length && records.control ? 1 : 0);
        await this.#broker.append(encodeRows(records, from, to), (place) => {
          rows.push({ topic, partition, offsets, newestMs, place });
        });
        from = to;
      } while (from < length);
    } catch (error) {
      // Part of the records is missing: a commit must not go through as if all were there.
      this.#failedSend = error;
      throw error;
    }
  }

  async sendOffsets(group: string, offsets: readonly OffsetCommit[]): Promise<void> {
    this.#mustWork();
    for (const at of offsets) this.#broker.mustExist(at);
    this.#transaction.positions.push(...offsets.map((at) => ({ group, at: { ...at } })));
  }

  async commit(): Promise<void> {
    this.#mustWork();
    const transaction = this.#transaction;
    if (this.#failedSend) {
      const what = `the transaction of ${this.#broker.transactionalId} lacks rows: abort it`;
      throw new RetriableError(what, { cause: this.#failedSend });
    }
    if (transaction.rows.length === 0 && transaction.positions.length === 0) return;
    try {
      await this.#broker.commit(transaction);
    } catch (error) {
      if (!(error instanceof TaskMigratedError)) this.#failedCommit = error;
      throw error;
    } finally {
      this.#transaction = { rows: [], positions: [] };
    }
  }

  async abort(): Promise<void> {
    this.#mustWork();
    this.#failedSend = null;
    this.#transaction = { rows: [], positions: [] };
  }

  #mustWork(): void {
    this.#broker.mustOwn();
    if (this.#failedCommit === null) return;
    throw new RetriableError(
      `the outcome of a commit of ${this.#broker.transactionalId} is unknown: ` +
        "open a new producer, and read the committed offsets",
      { cause: this.#failedCommit },
    );
  }
}
