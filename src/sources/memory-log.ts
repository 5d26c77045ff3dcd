import type { ByteColumn, RecordBatch, Records, TopicPartition } from "../record/record-batch.ts";
import { partitionName } from "../record/record-batch.ts";
import type { AdministeredLog } from "../runtime/log-admin.ts";
import type {
  Committed,
  OffsetCommit,
  TopicSpec,
  TransactionalProducer,
} from "../runtime/ports.ts";
import { LogCatalog, type StoredRange } from "./log-catalog.ts";
import { fenced } from "./log-errors.ts";
import { batchAt, compactColumn, newestTimestampMs, offsetsOf } from "./stored-rows.ts";

interface Stored extends StoredRange {
  readonly records: Records;
}

interface Transaction {
  readonly records: Records[];
  readonly offsets: { group: string; at: OffsetCommit }[];
}

/**
 * A log that lives as long as the object: what Kafka's transactions promise, without Kafka. Nothing
 * waits for anything but the microtask queue, so a run over it is deterministic. Retention is
 * applied at every commit. Like a broker it outlives those who use it: `close` ends nothing.
 */
export class MemoryLog implements AdministeredLog {
  readonly #catalog = new LogCatalog<Stored>();
  readonly #epochs = new Map<string, number>();

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#catalog.checkTopics(topics);
    for (const spec of topics) this.#catalog.setTopic(spec);
  }

  async partitions(topic: string): Promise<number> {
    return this.#catalog.topics.get(topic)?.partitions.length ?? 0;
  }

  async bounds(at: TopicPartition): Promise<{ start: number; end: number }> {
    const { start, end } = this.#catalog.partition(at);
    return { start, end };
  }

  async read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    const stored = this.#catalog.rangeAt(at, offset);
    return stored && batchAt(stored.records, stored.firstOffset, offset, bytesMax);
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>> {
    return this.#catalog.committed(group, partitions);
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    const epoch = (this.#epochs.get(transactionalId) ?? -1) + 1;
    this.#epochs.set(transactionalId, epoch);
    return new MemoryProducer({
      mustOwn: () => {
        const owner = this.#epochs.get(transactionalId)!;
        if (owner !== epoch) throw fenced(transactionalId, epoch, owner);
      },
      mustExist: (at) => this.#catalog.partition(at),
      apply: (transaction) => this.#apply(transaction),
    });
  }

  /** Whoever runs tasks here is in the same process, and known to it. */
  async members(): Promise<readonly string[]> {
    return [];
  }

  async deleteGroup(group: string): Promise<void> {
    this.#catalog.groups.delete(group);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    for (const name of names) this.#catalog.topics.delete(name);
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    const spec = this.#catalog.withPartitions(topic, partitions);
    if (spec) this.#catalog.setTopic(spec);
  }

  async close(): Promise<void> {}

  #apply({ records, offsets }: Transaction): void {
    for (const each of records) this.#append(each);
    for (const { group, at } of offsets) {
      const { offset, metadata } = at;
      this.#catalog.setCommitted(group, partitionName(at), { offset, metadata });
    }
    for (const [topic, { partitions }] of this.#catalog.topics) {
      partitions.forEach((each, partition) => {
        const past = this.#catalog.pastRetention({ topic, partition });
        each.ranges.splice(0, past.length);
        each.start = past.at(-1)?.nextOffset ?? each.start;
      });
    }
  }

  #append(records: Records): void {
    const partition = this.#catalog.partition(records);
    const firstOffset = partition.end;
    const nextOffset = firstOffset + offsetsOf(records);
    if (nextOffset === firstOffset) return;
    const before = partition.ranges.at(-1)?.newestMs ?? Number.NEGATIVE_INFINITY;
    const newestMs = Math.max(before, newestTimestampMs(records));
    partition.ranges.push({ firstOffset, nextOffset, newestMs, records });
    partition.end = nextOffset;
  }
}

/** What a producer may ask of the log. The first two throw when it is not so. */
interface Broker {
  readonly mustOwn: () => void;
  readonly mustExist: (at: TopicPartition) => void;
  readonly apply: (transaction: Transaction) => void;
}

class MemoryProducer implements TransactionalProducer {
  readonly #broker: Broker;
  #transaction: Transaction = { records: [], offsets: [] };

  constructor(broker: Broker) {
    this.#broker = broker;
  }

  async send(records: Records): Promise<void> {
    this.#broker.mustOwn();
    this.#broker.mustExist(records);
    this.#transaction.records.push(ownCopy(records));
  }

  async sendOffsets(group: string, offsets: readonly OffsetCommit[]): Promise<void> {
    this.#broker.mustOwn();
    for (const at of offsets) this.#broker.mustExist(at);
    this.#transaction.offsets.push(...offsets.map((at) => ({ group, at: { ...at } })));
  }

  async commit(): Promise<void> {
    this.#broker.mustOwn();
    this.#broker.apply(this.#end());
  }

  async abort(): Promise<void> {
    this.#broker.mustOwn();
    this.#end();
  }

  #end(): Transaction {
    const ended = this.#transaction;
    this.#transaction = { records: [], offsets: [] };
    return ended;
  }
}

/** A sender may use its buffers again, as with a log that writes to a disk or a socket. */
function ownCopy(records: Records): Records {
  const { topic, partition, length, control } = records;
  const own = (column: ByteColumn): ByteColumn => {
    const compact = compactColumn(column, 0, length);
    return { ...compact, bytes: new Uint8Array(compact.bytes) };
  };
  return {
    ...own(records),
    topic,
    partition,
    length,
    keys: records.keys && own(records.keys),
    timestampsMs: records.timestampsMs.slice(0, length),
    ordinals: records.ordinals?.slice(0, length) ?? null,
    headers: { ...records.headers },
    control,
  };
}
