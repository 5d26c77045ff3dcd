import { partitionName, type RecordBatch, type TopicPartition } from "../../record/record-batch.ts";
import { ReadAhead, type ReadAheadLimits } from "./read-ahead.ts";
import { ReadCursor } from "./read-cursor.ts";
import type { BrokerConnection } from "./wire/broker-connection.ts";
import type { Cluster } from "./wire/cluster.ts";
import { fetchRequest } from "./wire/fetch-request.ts";
import { checkCode } from "./wire/request.ts";

/** Positions of one partition that are remembered: more than anybody reads it from at once. */
const CURSORS_MAX = 8;

/**
 * Reads partitions by offset, any number of them and each from several positions. What comes next
 * is fetched ahead, on connections of its own; what is not there when it is asked for is fetched at
 * once. So `null` is certain: nothing had been committed after that offset when it was asked for.
 */
export class KafkaReader {
  readonly #direct: Cluster;
  readonly #ahead: Cluster;
  readonly #limits: ReadAheadLimits;
  /** By partition, the one that was read last at the end. */
  readonly #cursors = new Map<string, ReadCursor[]>();
  readonly #loops = new Map<BrokerConnection, ReadAhead>();
  #closed = false;

  constructor(direct: Cluster, ahead: Cluster, limits: ReadAheadLimits) {
    this.#direct = direct;
    this.#ahead = ahead;
    this.#limits = limits;
  }

  /** @throws TaskCorruptedError when the log does not hold `offset`. */
  async read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    for (;;) {
      const cursor = this.#cursor(at, offset);
      const batch = cursor.take(bytesMax);
      if (batch) {
        for (const loop of this.#loops.values()) loop.wake();
        // Beside what is done with these; what is wrong with it is said when its turn comes.
        if (cursor.holdsMore) void cursor.decode().catch(() => {});
        return batch;
      }
      if (cursor.holdsMore) {
        await cursor.decode();
        continue;
      }
      if (cursor.isAtEnd) {
        // Where nothing is fetched ahead nobody would tell of what comes next: ask again then.
        if (!this.#isFetchedAhead(cursor)) cursor.invalidate();
        return null;
      }
      await (cursor.arriving ?? this.#fetch(cursor));
    }
  }

  /** Something has been committed there. */
  invalidate(at: TopicPartition): void {
    for (const cursor of this.#cursors.get(partitionName(at)) ?? []) cursor.invalidate();
  }

  close(): void {
    this.#closed = true;
    this.#cursors.clear();
    for (const loop of this.#loops.values()) loop.wake();
  }

  #cursor(at: TopicPartition, offset: number): ReadCursor {
    const name = partitionName(at);
    const cursors = this.#cursors.get(name) ?? [];
    this.#cursors.set(name, cursors);
    const index = cursors.findIndex(({ position }) => position === offset);
    const { topic, partition } = at;
    const cursor = cursors[index] ?? new ReadCursor({ topic, partition }, offset);
    if (index >= 0) cursors.splice(index, 1);
    cursors.push(cursor);
    if (cursors.length > CURSORS_MAX) {
      const oldest = cursors.shift()!;
      for (const loop of this.#loops.values()) loop.delete(oldest);
    }
    return cursor;
  }

  async #fetch(cursor: ReadCursor): Promise<void> {
    const { at } = cursor;
    await this.#direct.attempt(
      `reading ${partitionName(at)} at offset ${cursor.fetchOffset}`,
      () => this.#direct.leader(at),
      async (broker) => {
        const { view } = cursor;
        const partitions = [{ at, offset: cursor.fetchOffset }];
        const [answer] = await broker.send(
          fetchRequest(partitions, { ...this.#limits, waitMs: 0 }),
        );
        checkCode(answer!.errorCode, `a fetch of ${partitionName(at)}`);
        cursor.accept(answer!, view);
      },
    );
    void this.#fetchAhead(cursor);
  }

  #isFetchedAhead(cursor: ReadCursor): boolean {
    return [...this.#loops.values()].some((loop) => loop.has(cursor));
  }

  /** From now on, as long as it works: a reader who finds nothing fetched fetches for himself. */
  async #fetchAhead(cursor: ReadCursor): Promise<void> {
    if (this.#isFetchedAhead(cursor)) return;
    const broker = await this.#ahead.leader(cursor.at).catch(() => null);
    const isKnown = this.#cursors.get(partitionName(cursor.at))?.includes(cursor);
    if (broker === null || this.#closed || !isKnown) return;
    const loop = this.#loops.get(broker) ?? this.#startLoop(broker);
    loop.add(cursor);
  }

  #startLoop(broker: BrokerConnection): ReadAhead {
    const loop = new ReadAhead(broker, this.#limits, () => this.#ahead.forget());
    this.#loops.set(broker, loop);
    void loop.run().finally(() => this.#loops.delete(broker));
    return loop;
  }
}
