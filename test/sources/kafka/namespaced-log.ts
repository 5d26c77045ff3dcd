import {
  partitionName,
  type RecordBatch,
  type TopicPartition,
} from "../../../src/record/record-batch.ts";
import type { AdministeredLog } from "../../../src/runtime/log-admin.ts";
import type {
  Committed,
  OffsetCommit,
  TopicSpec,
  TransactionalProducer,
} from "../../../src/runtime/ports.ts";

/** A log of its own in a broker that others use too: its names begin with `prefix`. */
export class NamespacedLog implements AdministeredLog {
  readonly #log: AdministeredLog;
  readonly #prefix: string;

  constructor(log: AdministeredLog, prefix: string) {
    this.#log = log;
    this.#prefix = prefix;
  }

  #within<At extends TopicPartition>(at: At): At {
    return { ...at, topic: this.#prefix + at.topic };
  }

  createTopics(topics: readonly TopicSpec[]): Promise<void> {
    const named = topics.map((spec) => ({ ...spec, name: this.#prefix + spec.name }));
    return this.#log.createTopics(named);
  }

  partitions(topic: string): Promise<number> {
    return this.#log.partitions(this.#prefix + topic);
  }

  bounds(at: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return this.#log.bounds(this.#within(at));
  }

  async read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    const batch = await this.#log.read(this.#within(at), offset, bytesMax);
    return batch && { ...batch, topic: at.topic };
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>> {
    const within = partitions.map((at) => this.#within(at));
    const found = await this.#log.committed(this.#prefix + group, within);
    const named = partitions.map((at): [string, Committed | undefined] => [
      partitionName(at),
      found.get(partitionName(this.#within(at))),
    ]);
    return new Map(named.filter((entry): entry is [string, Committed] => entry[1] !== undefined));
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await this.#log.producer(this.#prefix + transactionalId);
    return {
      send: (records) => producer.send(this.#within(records)),
      sendOffsets: (group: string, offsets: readonly OffsetCommit[]) =>
        producer.sendOffsets(
          this.#prefix + group,
          offsets.map((at) => this.#within(at)),
        ),
      commit: () => producer.commit(),
      abort: () => producer.abort(),
    };
  }

  members(group: string): Promise<readonly string[]> {
    return this.#log.members(this.#prefix + group);
  }

  deleteGroup(group: string): Promise<void> {
    return this.#log.deleteGroup(this.#prefix + group);
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    return this.#log.deleteTopics(names.map((name) => this.#prefix + name));
  }

  addPartitions(topic: string, partitions: number): Promise<void> {
    return this.#log.addPartitions(this.#prefix + topic, partitions);
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
