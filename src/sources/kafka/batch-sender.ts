import { ConfigError } from "../../record/errors.ts";
import { partitionName, type Records, type TopicPartition } from "../../record/record-batch.ts";
import type { Compression } from "./records/compression.ts";
import { batchEnd, batchRecords, encodeBatch } from "./records/encode-batch.ts";
import type { Cluster } from "./wire/cluster.ts";
import { CODE, codeOf } from "./wire/kafka-errors.ts";
import { type ProducerIdentity, produceRequest } from "./wire/producer-requests.ts";

export interface SenderSettings {
  readonly requestTimeoutMs: number;
  readonly compression: Compression;
  /** Rows are put into batches of about this size, before compression. */
  readonly batchBytesMax: number;
  /** A batch, compressed, may not be larger. */
  readonly recordBytesMax: number;
}

/** Sequence numbers go round. */
const SEQUENCES = 2 ** 31;

/**
 * Sends rows in batches, one at a time, to the disks of all replicas in sync. Kafka counts the
 * records which a producer sends to a partition, so that a batch which is sent twice is there once.
 * After a send that has failed it is unknown how far the count is: a new identity begins anew.
 */
export class BatchSender {
  readonly #cluster: Cluster;
  readonly #settings: SenderSettings;
  readonly #transactionalId: string | null;
  #identity: ProducerIdentity;
  #sequences = new Map<string, number>();

  /** `transactionalId`: null when the rows are in no transaction. */
  constructor(
    cluster: Cluster,
    settings: SenderSettings,
    transactionalId: string | null,
    identity: ProducerIdentity,
  ) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#transactionalId = transactionalId;
    this.#identity = identity;
  }

  get identity(): ProducerIdentity {
    return this.#identity;
  }

  beginAnew(identity: ProducerIdentity): void {
    this.#identity = identity;
    this.#sequences.clear();
  }

  /** @throws ConfigError when there is no such partition. */
  mustExist(at: TopicPartition): Promise<unknown> {
    return this.#cluster.attempt(
      `looking for ${partitionName(at)}`,
      () => this.#cluster.leader(at),
      async () => null,
    );
  }

  async send(records: Records): Promise<void> {
    let from = 0;
    do {
      const to = batchEnd(records, from, this.#settings.batchBytesMax);
      await this.#sendBatch(records, from, to);
      from = to;
    } while (from < records.length);
  }

  async #sendBatch(records: Records, from: number, to: number): Promise<void> {
    const { compression, recordBytesMax, requestTimeoutMs } = this.#settings;
    const transactionalId = this.#transactionalId;
    const name = partitionName(records);
    const baseSequence = this.#sequences.get(name) ?? 0;
    const isTransactional = transactionalId !== null;
    const producer = { ...this.#identity, baseSequence, isTransactional };
    const batch = await encodeBatch(records, from, to, compression, producer);
    if (batch.length > recordBytesMax) {
      throw new ConfigError(
        `row ${from} of those for ${name} takes ${batch.length} bytes, and recordBytesMax is ` +
          `${recordBytesMax}: raise it, and max.message.bytes of the topic`,
      );
    }
    const request = produceRequest(transactionalId, records, batch, requestTimeoutMs);
    await this.#cluster.attempt(
      `sending rows to ${name}`,
      () => this.#cluster.leader(records),
      (broker) =>
        broker.send(request).catch((error) => {
          // It had arrived the first time, and only the answer was lost.
          if (codeOf(error) !== CODE.DUPLICATE_SEQUENCE_NUMBER) throw error;
        }),
    );
    this.#sequences.set(name, (baseSequence + batchRecords(records, from, to)) % SEQUENCES);
  }
}
