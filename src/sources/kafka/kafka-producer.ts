import { RetriableError, TaskMigratedError } from "../../record/errors.ts";
import { partitionName, type Records, type TopicPartition } from "../../record/record-batch.ts";
import { Turns } from "../../record/turns.ts";
import type { OffsetCommit, TransactionalProducer } from "../../runtime/ports.ts";
import { BatchSender, type SenderSettings } from "./batch-sender.ts";
import type { BrokerConnection } from "./wire/broker-connection.ts";
import type { Cluster } from "./wire/cluster.ts";
import { CODE, codeOf } from "./wire/kafka-errors.ts";
import { initProducerIdRequest, type ProducerIdentity } from "./wire/producer-requests.ts";

export interface ProducerSettings extends SenderSettings {
  readonly transactionalId: string;
  /** The broker aborts a transaction that has been open for so long. */
  readonly transactionTimeoutMs: number;
}

/** What was in a transaction that has been committed. */
export interface CommittedTransaction {
  readonly partitions: readonly TopicPartition[];
  readonly positions: readonly { readonly group: string; readonly at: OffsetCommit }[];
}

/**
 * The transactions of one id, one request after another: whoever is shut out learns it at the next
 * call. After a send that has failed `abort` takes a new epoch, in which the count of records begins
 * anew.
 */
export class KafkaProducer implements TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #settings: ProducerSettings;
  readonly #sender: BatchSender;
  readonly #onCommit: (committed: CommittedTransaction) => void;
  readonly #turns = new Turns();
  #isOpen = false;
  #partitions = new Map<string, TopicPartition>();
  /** Not yet in the transaction, and to be added to it. */
  readonly #wanted = new Map<string, TopicPartition>();
  readonly #adding = new Turns();
  #positions: { readonly group: string; readonly at: OffsetCommit }[] = [];
  #failedSend: unknown = null;
  #failedCommit: unknown = null;
  #fenced: TaskMigratedError | null = null;

  private constructor(
    cluster: Cluster,
    settings: ProducerSettings,
    onCommit: (committed: CommittedTransaction) => void,
    identity: ProducerIdentity,
  ) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#onCommit = onCommit;
    this.#sender = new BatchSender(cluster, settings, settings.transactionalId, identity);
  }

  /**
   * Takes the id over, on connections of its own: an open transaction of the former owner has ended
   * when it returns.
   */
  static async open(
    cluster: Cluster,
    settings: ProducerSettings,
    onCommit: (committed: CommittedTransaction) => void,
  ): Promise<KafkaProducer> {
    const identity = await takeOver(cluster, settings, null);
    return new KafkaProducer(cluster, settings, onCommit, identity);
  }

  /** Positions in the open transaction: as long as they are, the group has others as well. */
  get openPositions(): readonly { readonly group: string; readonly at: TopicPartition }[] {
    return this.#positions;
  }

  send(records: Records): Promise<void> {
    return this.#turns.takeBeside(async () => {
      this.#mustWork();
      await this.#sender.mustExist(records);
      if (records.length === 0 && records.control === null) return;
      await this.#inTransaction(async () => {
        await this.#addPartition(records);
        await this.#sender.send(records);
      });
    });
  }

  sendOffsets(group: string, offsets: readonly OffsetCommit[]): Promise<void> {
    return this.#turns.take(async () => {
      this.#mustWork();
      for (const at of offsets) await this.#sender.mustExist(at);
      await this.#inTransaction(async () => {
        await this.#addOffsets(group, offsets);
      });
    });
  }

  commit(): Promise<void> {
    return this.#turns.take(async () => {
      this.#mustWork();
      const { transactionalId } = this.#settings;
      if (this.#failedSend) {
        const what = `the transaction of ${transactionalId} lacks rows: abort it`;
        throw new RetriableError(what, { cause: this.#failedSend });
      }
      const committed = { partitions: [...this.#partitions.values()], positions: this.#positions };
      try {
        await this.#end(true);
      } catch (error) {
        if (error instanceof TaskMigratedError) this.#fenced = error;
        else this.#failedCommit = error;
        throw error;
      } finally {
        this.#forget();
      }
      this.#onCommit(committed);
    });
  }

  abort(): Promise<void> {
    return this.#turns.take(async () => {
      this.#mustWork();
      try {
        await this.#end(false);
        if (this.#failedSend) {
          const { identity } = this.#sender;
          this.#sender.beginAnew(await takeOver(this.#cluster, this.#settings, identity));
        }
      } catch (error) {
        if (error instanceof TaskMigratedError) this.#fenced = error;
        throw error;
      }
      this.#failedSend = null;
      this.#forget();
    });
  }

  /** Its id belongs to a newer producer. A call that is under way still gets its answer. */
  async retire(): Promise<void> {
    const { transactionalId } = this.#settings;
    this.#fenced ??= new TaskMigratedError(
      `the producer ${transactionalId} of epoch ${this.#sender.identity.producerEpoch} is fenced: ` +
        "a newer one has its id now",
    );
    await this.#turns.take(() => this.#cluster.close());
  }

  /** Whoever waits for an answer is told that there will be none. */
  close(): Promise<void> {
    return this.#cluster.close();
  }

  #mustWork(): void {
    if (this.#fenced) throw this.#fenced;
    if (this.#failedCommit === null) return;
    throw new RetriableError(
      `the outcome of a commit of ${this.#settings.transactionalId} is unknown: ` +
        "open a new producer, and read the committed offsets",
      { cause: this.#failedCommit },
    );
  }

  /** What fails leaves the transaction without a part of it: only `abort` is possible then. */
  async #inTransaction(work: () => Promise<void>): Promise<void> {
    this.#isOpen = true;
    try {
      await work();
    } catch (error) {
      if (error instanceof TaskMigratedError) this.#fenced = error;
      else this.#failedSend ??= error;
      throw error;
    }
  }

  get #owner() {
    const { producerId, producerEpoch } = this.#sender.identity;
    const { transactionalId } = this.#settings;
    return { transactionalId, producerId: `${producerId}`, producerEpoch };
  }

  #coordinate<T>(what: string, work: (broker: BrokerConnection) => Promise<T>): Promise<T> {
    const { transactionalId } = this.#settings;
    const find = () => this.#cluster.coordinator("transaction", transactionalId);
    return this.#cluster.attempt(`${what} of ${transactionalId}`, find, work);
  }

  /**
   * Before the first rows of a partition. Of those who want one at the same time the first asks for all of
   * them: a broker refuses a request for a transaction while it works on another.
   */
  async #addPartition({ topic, partition }: TopicPartition): Promise<void> {
    const name = partitionName({ topic, partition });
    if (this.#partitions.has(name)) return;
    this.#wanted.set(name, { topic, partition });
    await this.#adding.take(async () => {
      if (this.#wanted.size === 0) return;
      const wanted = [...this.#wanted];
      this.#wanted.clear();
      const topics = [...Map.groupBy(wanted, ([, at]) => at.topic)].map(([of, all]) => ({
        topic: of,
        partitions: all.map(([, at]) => at.partition),
      }));
      const names = wanted.map(([added]) => added).join(", ");
      await this.#coordinate(`adding ${names} to a transaction`, ({ requests }) =>
        requests.addPartitionsToTxn({ ...this.#owner, topics }),
      );
      for (const [added, at] of wanted) this.#partitions.set(added, at);
    });
    // Whoever asked for it in its place has failed.
    if (this.#partitions.has(name)) return;
    throw new RetriableError(`${name} has not become a part of the transaction`);
  }

  async #addOffsets(group: string, offsets: readonly OffsetCommit[]): Promise<void> {
    await this.#coordinate(`adding the positions of group ${group} to a transaction`, (broker) =>
      broker.requests.addOffsetsToTxn({ ...this.#owner, groupId: group }),
    );
    if (offsets.length === 0) return;
    const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, of]) => ({
      topic,
      partitions: of.map(({ partition, offset, metadata }) => ({
        partition,
        offset: `${offset}`,
        metadata,
      })),
    }));
    this.#positions.push(...offsets.map((at) => ({ group, at: { ...at } })));
    await this.#cluster.attempt(
      `committing positions of group ${group}`,
      () => this.#cluster.coordinator("group", group),
      ({ requests }) => requests.txnOffsetCommit({ ...this.#owner, groupId: group, topics }),
    );
  }

  /**
   * Asks for the end of the transaction until it is agreed to. It is certain then, but the broker
   * has yet to write its marks, and readers see nothing before: asked once more, it answers when
   * they are written.
   */
  async #end(isCommit: boolean): Promise<void> {
    const wasOpen = this.#isOpen;
    const ask = () =>
      this.#coordinate(`${isCommit ? "commit" : "abort"} of the transaction`, ({ requests }) =>
        requests.endTxn({ ...this.#owner, transactionResult: isCommit }),
      );
    try {
      await ask();
    } catch (error) {
      // Asked by its owner for the end of nothing: had the id another owner, it would have said so.
      const isNothing = codeOf((error as Error).cause) === CODE.INVALID_TXN_STATE;
      if (isNothing && (!wasOpen || !isCommit)) return;
      throw error;
    }
    if (!wasOpen) return;
    try {
      await ask();
    } catch (error) {
      const isWorld = error instanceof RetriableError || error instanceof TaskMigratedError;
      if (!isWorld) throw error;
    }
  }

  #forget(): void {
    this.#isOpen = false;
    this.#partitions = new Map();
    this.#positions = [];
  }
}

/** The next epoch of an id: of `own`'s, or, without it, of whoever has it. */
function takeOver(
  cluster: Cluster,
  { transactionalId, transactionTimeoutMs }: ProducerSettings,
  own: ProducerIdentity | null,
): Promise<ProducerIdentity> {
  const request = initProducerIdRequest(transactionalId, transactionTimeoutMs, own);
  return cluster.attempt(
    `taking over the producer ${transactionalId}`,
    () => cluster.coordinator("transaction", transactionalId),
    (broker) => broker.send(request),
  );
}
