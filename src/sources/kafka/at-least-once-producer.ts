import { RetriableError, TaskMigratedError } from "../../record/errors.ts";
import type { Records, TopicPartition } from "../../record/record-batch.ts";
import { Turns } from "../../record/turns.ts";
import type { OffsetCommit, TransactionalProducer } from "../../runtime/ports.ts";
import { BatchSender, type SenderSettings } from "./batch-sender.ts";
import type { CommittedTransaction } from "./kafka-producer.ts";
import type { Cluster } from "./wire/cluster.ts";
import { CODE, codeOf } from "./wire/kafka-errors.ts";
import type { MemberIdentity } from "./wire/member-requests.ts";
import { nobodyOf, offsetCommitRequest } from "./wire/offset-commit-request.ts";
import { initProducerIdRequest, type ProducerIdentity } from "./wire/producer-requests.ts";
import { ProtocolError } from "./wire/request.ts";

export interface AtLeastOnceSettings extends SenderSettings {
  /** No transactional id: only what messages call it. */
  readonly name: string;
}

/** A member of a group, for those who commit positions as one. */
export interface CommittingMember {
  readonly identity: MemberIdentity;
  /** The tasks are being shared out: its generation is about to change. */
  readonly isSharing: boolean;
}

/** The group has given the member up, or has gone on without it. */
const GONE = new Set<number | null>([
  CODE.ILLEGAL_GENERATION,
  CODE.UNKNOWN_MEMBER_ID,
  CODE.FENCED_INSTANCE_ID,
]);

/**
 * Behind the port of transactions, without any: rows can be read as soon as they are sent, and
 * positions move at `commit`, after all rows are on disk. Who fails between the two sends the rows
 * again. `abort` takes no rows back. Another process is shut out by the group alone, at `commit`.
 */
export class AtLeastOnceProducer implements TransactionalProducer {
  readonly #cluster: Cluster;
  readonly #settings: AtLeastOnceSettings;
  readonly #sender: BatchSender;
  readonly #memberOf: (group: string) => CommittingMember | null;
  readonly #onCommit: (committed: CommittedTransaction) => void;
  readonly #turns = new Turns();
  #positions: { readonly group: string; readonly at: OffsetCommit }[] = [];
  #failedSend: unknown = null;
  #failedCommit: unknown = null;
  #fenced: TaskMigratedError | null = null;

  private constructor(
    cluster: Cluster,
    settings: AtLeastOnceSettings,
    memberOf: (group: string) => CommittingMember | null,
    onCommit: (committed: CommittedTransaction) => void,
    identity: ProducerIdentity,
  ) {
    this.#cluster = cluster;
    this.#settings = settings;
    this.#sender = new BatchSender(cluster, settings, null, identity);
    this.#memberOf = memberOf;
    this.#onCommit = onCommit;
  }

  /** `memberOf`: who this log is in a group; null if it has not joined. */
  static async open(
    cluster: Cluster,
    settings: AtLeastOnceSettings,
    memberOf: (group: string) => CommittingMember | null,
    onCommit: (committed: CommittedTransaction) => void,
  ): Promise<AtLeastOnceProducer> {
    const identity = await newIdentity(cluster, settings.name);
    return new AtLeastOnceProducer(cluster, settings, memberOf, onCommit, identity);
  }

  /** Nothing waits for the end of a transaction. */
  get openPositions(): readonly { readonly group: string; readonly at: TopicPartition }[] {
    return [];
  }

  send(records: Records): Promise<void> {
    return this.#turns.takeBeside(async () => {
      this.#mustWork();
      await this.#sender.mustExist(records);
      if (records.length === 0 && records.control === null) return;
      try {
        await this.#sender.send(records);
      } catch (error) {
        this.#failedSend ??= error;
        throw error;
      }
      this.#onCommit({ partitions: [records], positions: [] });
    });
  }

  sendOffsets(group: string, offsets: readonly OffsetCommit[]): Promise<void> {
    return this.#turns.take(async () => {
      this.#mustWork();
      for (const at of offsets) await this.#sender.mustExist(at);
      this.#positions.push(...offsets.map((at) => ({ group, at: { ...at } })));
    });
  }

  commit(): Promise<void> {
    return this.#turns.take(async () => {
      this.#mustWork();
      if (this.#failedSend) {
        const what = `rows of ${this.#settings.name} are missing: abort, and send them again`;
        throw new RetriableError(what, { cause: this.#failedSend });
      }
      const positions = this.#positions;
      this.#positions = [];
      try {
        for (const [group, of] of Map.groupBy(positions, (each) => each.group)) {
          await this.#commitPositions(
            group,
            of.map(({ at }) => at),
          );
        }
      } catch (error) {
        if (error instanceof TaskMigratedError) this.#fenced = error;
        else this.#failedCommit = error;
        throw error;
      }
      this.#onCommit({ partitions: [], positions });
    });
  }

  abort(): Promise<void> {
    return this.#turns.take(async () => {
      this.#mustWork();
      if (this.#failedSend) {
        this.#sender.beginAnew(await newIdentity(this.#cluster, this.#settings.name));
      }
      this.#failedSend = null;
      this.#positions = [];
    });
  }

  /** Its name belongs to a newer producer of this log. */
  async retire(): Promise<void> {
    this.#fenced ??= new TaskMigratedError(
      `the producer ${this.#settings.name} is fenced: a newer one has its name now`,
    );
    await this.#turns.take(() => this.#cluster.close());
  }

  close(): Promise<void> {
    return this.#cluster.close();
  }

  #mustWork(): void {
    if (this.#fenced) throw this.#fenced;
    if (this.#failedCommit === null) return;
    throw new RetriableError(
      `the outcome of a commit of ${this.#settings.name} is unknown: ` +
        "open a new producer, and read the committed offsets",
      { cause: this.#failedCommit },
    );
  }

  async #commitPositions(group: string, positions: readonly OffsetCommit[]): Promise<void> {
    const what = `committing positions of group ${group}`;
    await this.#cluster.attempt(
      what,
      () => this.#cluster.coordinator("group", group),
      async (broker) => {
        const member = this.#memberOf(group);
        const identity = member?.identity ?? nobodyOf(group);
        if (member && identity.memberId === "") throw gone(what, null);
        await broker.send(offsetCommitRequest(identity, positions)).catch((error) => {
          if (!GONE.has(codeOf(error))) throw error;
          const isPassing = member?.isSharing || member?.identity !== identity;
          // It has a new generation, and has not heard of it yet.
          if (member && isPassing && codeOf(error) === CODE.ILLEGAL_GENERATION) {
            throw new ProtocolError(CODE.REBALANCE_IN_PROGRESS, what);
          }
          throw gone(what, error);
        });
      },
    );
  }
}

const gone = (what: string, cause: unknown): TaskMigratedError =>
  new TaskMigratedError(`${what}: this is no member of it any more, others have its tasks now`, {
    cause,
  });

/** One that nobody has had: there is nobody to be shut out. */
function newIdentity(cluster: Cluster, name: string): Promise<ProducerIdentity> {
  return cluster.attempt(
    `getting an id for the producer ${name}`,
    () => cluster.any(),
    (broker) => broker.send(initProducerIdRequest(null, NO_TRANSACTIONS_MS, null)),
  );
}

/** Kafka looks at the timeout all the same. */
const NO_TRANSACTIONS_MS = 60_000;
