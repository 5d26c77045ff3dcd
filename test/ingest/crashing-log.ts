import { RetriableError } from "../../src/record/errors.ts";
import type { Records, TopicPartition } from "../../src/record/record-batch.ts";
import type {
  Log,
  OffsetCommit,
  TopicSpec,
  TransactionalProducer,
} from "../../src/runtime/ports.ts";

/** Where the process dies: at which call to the log, and whether the log still carries it out. */
export interface Crash {
  readonly call: number;
  readonly carriedOut: boolean;
}

/** A log which its user loses at one of the calls: that one and every later one fail. */
export class CrashingLog implements Log {
  readonly #log: Log;
  readonly #crash: Crash;
  calls = 0;

  constructor(log: Log, crash: Crash) {
    this.#log = log;
    this.#crash = crash;
  }

  async step<T>(work: () => Promise<T>): Promise<T> {
    const call = this.calls++;
    if (call < this.#crash.call) return work();
    if (call === this.#crash.call && this.#crash.carriedOut) await work();
    throw new RetriableError(`the process died at call ${this.#crash.call}`);
  }

  createTopics(topics: readonly TopicSpec[]) {
    return this.step(() => this.#log.createTopics(topics));
  }

  partitions(topic: string) {
    return this.step(() => this.#log.partitions(topic));
  }

  bounds(at: TopicPartition) {
    return this.step(() => this.#log.bounds(at));
  }

  read(at: TopicPartition, offset: number, bytesMax: number) {
    return this.step(() => this.#log.read(at, offset, bytesMax));
  }

  committed(group: string, partitions: readonly TopicPartition[]) {
    return this.step(() => this.#log.committed(group, partitions));
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    const producer = await this.step(() => this.#log.producer(transactionalId));
    return {
      send: (records: Records) => this.step(() => producer.send(records)),
      sendOffsets: (group: string, offsets: readonly OffsetCommit[]) =>
        this.step(() => producer.sendOffsets(group, offsets)),
      commit: () => this.step(() => producer.commit()),
      abort: () => this.step(() => producer.abort()),
    };
  }

  async close(): Promise<void> {}
}
