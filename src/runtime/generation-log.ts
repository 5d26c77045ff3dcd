import { partitionName, type RecordBatch, type TopicPartition } from "../record/record-batch.ts";
import type { Topology } from "../topology/topology.ts";
import { type Generation, topicOf } from "./generation.ts";
import type { Committed, Log, OffsetCommit, TopicSpec, TransactionalProducer } from "./ports.ts";

/**
 * The log as one generation of an application sees it: its own topics between the sub-topologies,
 * and of all others as many partitions as it uses. A topic may have more: Kafka cannot take any away.
 */
export class GenerationLog implements Log {
  private readonly log: Log;
  private readonly topology: Topology;
  private readonly generation: Generation;

  constructor(log: Log, topology: Topology, generation: Generation) {
    this.log = log;
    this.topology = topology;
    this.generation = generation;
  }

  private named<At extends TopicPartition>(at: At): At {
    return { ...at, topic: this.name(at.topic) };
  }

  private name(topic: string): string {
    return topicOf(this.topology, topic, this.generation.generation);
  }

  /** One that exists with more partitions than are used is as good as one that has just these. */
  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    const specs: TopicSpec[] = [];
    for (const spec of topics) {
      const name = this.name(spec.name);
      const there = this.generation.partitions === null ? 0 : await this.log.partitions(name);
      specs.push({ ...spec, name, partitions: Math.max(spec.partitions, there) });
    }
    await this.log.createTopics(specs);
  }

  async partitions(topic: string): Promise<number> {
    const there = await this.log.partitions(this.name(topic));
    return Math.min(there, this.generation.partitions ?? there);
  }

  bounds(at: TopicPartition): Promise<{ readonly start: number; readonly end: number }> {
    return this.log.bounds(this.named(at));
  }

  async read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    const batch = await this.log.read(this.named(at), offset, bytesMax);
    return batch === null || batch.topic === at.topic ? batch : { ...batch, topic: at.topic };
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>> {
    const found = await this.log.committed(
      group,
      partitions.map((at) => this.named(at)),
    );
    const own = partitions.flatMap((at) => {
      const committed = found.get(partitionName(this.named(at)));
      return committed === undefined ? [] : [[partitionName(at), committed] as const];
    });
    return new Map(own);
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await this.log.producer(transactionalId);
    return {
      send: (records) => producer.send(this.named(records)),
      sendOffsets: (group: string, offsets: readonly OffsetCommit[]) =>
        producer.sendOffsets(
          group,
          offsets.map((at) => this.named(at)),
        ),
      commit: () => producer.commit(),
      abort: () => producer.abort(),
    };
  }

  close(): Promise<void> {
    return this.log.close();
  }
}
