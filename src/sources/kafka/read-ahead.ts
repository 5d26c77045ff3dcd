import { partitionName } from "../../record/record-batch.ts";
import type { ReadCursor } from "./read-cursor.ts";
import type { BrokerConnection } from "./wire/broker-connection.ts";
import { type FetchedPartition, fetchRequest } from "./wire/fetch-request.ts";

export interface ReadAheadLimits {
  /** Of each cursor: it is not fetched for while more than that has not been read. */
  readonly prefetchBytesMax: number;
  /** How long the broker holds a fetch when no partition has anything new. */
  readonly longPollMs: number;
  readonly partitionBytesMax: number;
  readonly responseBytesMax: number;
}

/**
 * Fetches ahead for the cursors in the partitions of one broker: one request at a time, for all that
 * have room, which the broker holds while there is nothing new. So partitions at their end cost
 * next to nothing. It never fails: cursors it can do nothing for are let go, and whoever reads them
 * fetches for himself, and learns what is wrong.
 */
export class ReadAhead {
  readonly #broker: BrokerConnection;
  readonly #limits: ReadAheadLimits;
  readonly #onRefused: () => void;
  readonly #cursors = new Set<ReadCursor>();
  #served = 0;
  #wake: (() => void) | null = null;

  /** `onRefused`: the broker does not lead a partition, as it was believed to do. */
  constructor(broker: BrokerConnection, limits: ReadAheadLimits, onRefused: () => void) {
    this.#broker = broker;
    this.#limits = limits;
    this.#onRefused = onRefused;
  }

  add(cursor: ReadCursor): void {
    this.#cursors.add(cursor);
    this.wake();
  }

  delete(cursor: ReadCursor): void {
    this.#cursors.delete(cursor);
  }

  has(cursor: ReadCursor): boolean {
    return this.#cursors.has(cursor);
  }

  /** There may be room. */
  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  /** Fetches as long as the broker answers. */
  async run(): Promise<void> {
    while (this.#broker.isOpen) {
      const wanted = this.#wanted();
      if (wanted.length > 0) await this.#fetch(wanted);
      else {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#wake = resolve;
        await promise;
      }
    }
    for (const cursor of this.#cursors) this.#letGo(cursor);
  }

  /** Those with room, one for each partition: a request names a partition once. */
  #wanted(): ReadCursor[] {
    const wanted = new Map<string, ReadCursor>();
    const waiting = [...this.#cursors].toSorted((a, b) => a.served - b.served);
    for (const cursor of waiting) {
      const name = partitionName(cursor.at);
      const hasRoom = cursor.bytes < this.#limits.prefetchBytesMax;
      if (hasRoom && !wanted.has(name)) wanted.set(name, cursor);
    }
    return [...wanted.values()];
  }

  async #fetch(wanted: readonly ReadCursor[]): Promise<void> {
    const partitions = wanted.map(({ at, fetchOffset }) => ({ at, offset: fetchOffset }));
    const views = new Map([...this.#cursors].map((cursor) => [cursor, cursor.view]));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const cursor of wanted) if (cursor.lags) cursor.arriving = promise;
    try {
      const { longPollMs, ...limits } = this.#limits;
      const request = fetchRequest(partitions, { ...limits, waitMs: longPollMs });
      const answers = await this.#broker.send(request);
      for (const answer of answers) this.#deliver(answer, views);
    } catch {
      await this.#broker.close();
    } finally {
      for (const cursor of wanted) cursor.arriving = null;
      resolve();
    }
  }

  /** To all cursors that stand where the fetch began. */
  #deliver(answer: FetchedPartition, views: ReadonlyMap<ReadCursor, number>): void {
    const { at, fromOffset, errorCode } = answer;
    const name = partitionName(at);
    const standing = [...this.#cursors].filter(
      (cursor) => cursor.fetchOffset === fromOffset && partitionName(cursor.at) === name,
    );
    if (errorCode !== 0) this.#onRefused();
    for (const cursor of standing) {
      if (errorCode !== 0) this.#letGo(cursor);
      else {
        cursor.accept(answer, views.get(cursor) ?? -1);
        if (cursor.holdsMore) cursor.served = ++this.#served;
        cursor.decode().catch(() => this.#letGo(cursor));
      }
    }
  }

  #letGo(cursor: ReadCursor): void {
    cursor.invalidate();
    this.#cursors.delete(cursor);
  }
}
