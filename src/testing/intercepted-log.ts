import type { RecordBatch, Records, TopicPartition } from "../record/record-batch.ts";
import type {
  Committed,
  Log,
  OffsetCommit,
  TopicSpec,
  TransactionalProducer,
} from "../runtime/ports.ts";

/** Stands around a call: carries it out, or fails it before or after; `call` is its name. */
export type Intercept = <T>(call: string, work: () => Promise<T>) => Promise<T>;

/** A log whose every call goes through `intercept`, under names like `log.read`, `producer.commit`. */
export class InterceptedLog implements Log {
  private readonly log: Log;
  private readonly intercept: Intercept;

  constructor(log: Log, intercept: Intercept) {
    this.log = log;
    this.intercept = intercept;
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    return this.intercept("log.createTopics", () => this.log.createTopics(topics));
  }

  partitions(topic: string): Promise<number> {
    return this.intercept("log.partitions", () => this.log.partitions(topic));
  }

  bounds(at: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return this.intercept("log.bounds", () => this.log.bounds(at));
  }

  read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    return this.intercept("log.read", () => this.log.read(at, offset, bytesMax));
  }

  committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>> {
    return this.intercept("log.committed", () => this.log.committed(group, partitions));
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    const { intercept } = this;
    const producer = await intercept("log.producer", () => this.log.producer(transactionalId));
    return {
      send: (records: Records) => intercept("producer.send", () => producer.send(records)),
      sendOffsets: (group: string, offsets: readonly OffsetCommit[]) =>
        intercept("producer.sendOffsets", () => producer.sendOffsets(group, offsets)),
      commit: () => intercept("producer.commit", () => producer.commit()),
      abort: () => intercept("producer.abort", () => producer.abort()),
    };
  }

  /** The log outlives whoever uses it through this. */
  async close(): Promise<void> {}
}
