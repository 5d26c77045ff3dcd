import assert from "node:assert/strict";
import { TaskCorruptedError } from "../../record/errors.ts";
import { partitionName, type RecordBatch, type TopicPartition } from "../../record/record-batch.ts";
import type { JoinOptions, Membership, TaskGroups } from "../../runtime/group.ts";
import type { AdministeredLog } from "../../runtime/log-admin.ts";
import type { Committed, TopicSpec, TransactionalProducer } from "../../runtime/ports.ts";
import { checkBounds } from "../log-errors.ts";
import { AtLeastOnceProducer } from "./at-least-once-producer.ts";
import { ConsumedPurge } from "./consumed-purge.ts";
import { KafkaMembership } from "./group/kafka-membership.ts";
import { KafkaAdmin } from "./kafka-admin.ts";
import { type KafkaLogOptions, type KafkaLogSettings, settingsOf } from "./kafka-log-options.ts";
import { type CommittedTransaction, KafkaProducer } from "./kafka-producer.ts";
import { KafkaReader } from "./kafka-reader.ts";
import { KafkaTopics } from "./kafka-topics.ts";
import { Cluster, type ClusterSettings } from "./wire/cluster.ts";
import { CODE, codeOf } from "./wire/kafka-errors.ts";
import { offsetFetchRequest } from "./wire/offset-fetch-request.ts";

const READ_COMMITTED = 1;
const EARLIEST = -2;
const LATEST = -1;
const CONNECT_TIMEOUT_MS = 10_000;
const FETCH_LIMITS = {
  longPollMs: 500,
  partitionBytesMax: 4 << 20,
  responseBytesMax: 16 << 20,
};

/** A log, and the groups of those who share the work on it. */
export interface KafkaLog extends AdministeredLog, TaskGroups {}

/**
 * The log on Apache Kafka, 2.7 or later. How rows lie in its records: `records/row-headers.ts`.
 * @throws ConfigError for addresses that are none and logins that are refused; RetriableError when
 * no broker can be reached.
 */
export async function openKafkaLog(options: KafkaLogOptions): Promise<KafkaLog> {
  const settings = settingsOf(options);
  const log = new ClusterLog(settings, {
    brokers: settings.brokers,
    clientId: settings.clientId,
    tls: options.tls ?? null,
    sasl: options.sasl ?? null,
    requestTimeoutMs: settings.requestTimeoutMs,
    connectTimeoutMs: CONNECT_TIMEOUT_MS,
    openSocket: options.openSocket ?? null,
    onLog: options.onLog ?? null,
    patienceMs: settings.patienceMs,
  });
  try {
    await log.reach();
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

type OpenProducer = KafkaProducer | AtLeastOnceProducer;

class ClusterLog implements KafkaLog {
  readonly #settings: KafkaLogSettings;
  readonly #connections: ClusterSettings;
  readonly #cluster: Cluster;
  readonly #ahead: Cluster;
  /** A broker answers a deletion when its replicas have deleted too: no reader waits behind it. */
  readonly #deletions: Cluster;
  readonly #topics: KafkaTopics;
  readonly #reader: KafkaReader;
  readonly #purge: ConsumedPurge;
  readonly #admin: KafkaAdmin;
  readonly #producers = new Map<string, OpenProducer>();
  readonly #retiring = new Set<Promise<void>>();
  /** By the name of the group. */
  readonly #memberships = new Map<string, KafkaMembership>();
  #closed = false;

  constructor(settings: KafkaLogSettings, connections: ClusterSettings) {
    const { recordBytesMax, prefetchBytesMax, clock, purgeIntervalMs } = settings;
    this.#settings = settings;
    this.#connections = connections;
    this.#cluster = new Cluster(connections);
    this.#ahead = new Cluster(connections);
    this.#deletions = new Cluster(connections);
    const replicationFactor = settings.replicationFactor ?? null;
    this.#topics = new KafkaTopics(this.#cluster, { replicationFactor, recordBytesMax });
    this.#admin = new KafkaAdmin(this.#cluster);
    const limits = { ...FETCH_LIMITS, prefetchBytesMax };
    this.#reader = new KafkaReader(this.#cluster, this.#ahead, limits);
    this.#purge = new ConsumedPurge(this.#deletions, clock, purgeIntervalMs);
  }

  async reach(): Promise<void> {
    const { brokers } = this.#connections;
    const cluster = this.#cluster;
    const any = () => cluster.any();
    await cluster.attempt(`reaching Kafka at ${brokers.join(", ")}`, any, () => cluster.size());
  }

  async createTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.#mustBeOpen();
    await this.#topics.create(topics);
    for (const { name, retention } of topics) if (retention === "consumed") this.#purge.watch(name);
  }

  async partitions(topic: string): Promise<number> {
    this.#mustBeOpen();
    return this.#topics.partitions(topic);
  }

  async bounds(at: TopicPartition): Promise<{ start: number; end: number }> {
    this.#mustBeOpen();
    // What is read next has to be as new as the end that is given here.
    this.#reader.invalidate(at);
    const start = await this.#offsetAt(at, EARLIEST);
    const end = await this.#offsetAt(at, LATEST);
    return { start, end: Math.max(start, end) };
  }

  async read(at: TopicPartition, offset: number, bytesMax: number): Promise<RecordBatch | null> {
    this.#mustBeOpen();
    try {
      if (Number.isInteger(offset) && offset >= 0) {
        return await this.#reader.read(at, offset, bytesMax);
      }
    } catch (error) {
      if (!(error instanceof TaskCorruptedError)) throw error;
      if (codeOf(error.cause) !== CODE.OFFSET_OUT_OF_RANGE) throw error;
    }
    checkBounds(at, offset, await this.bounds(at));
    return null;
  }

  async committed(
    group: string,
    partitions: readonly TopicPartition[],
  ): Promise<ReadonlyMap<string, Committed>> {
    this.#mustBeOpen();
    if (partitions.length === 0) return new Map();
    const cluster = this.#cluster;
    // A transaction that is just ending will have moved positions: those are waited for. Those
    // which a producer of ours has in its open transaction are not.
    const onlyStable = !this.#hasOpenPositions(group, partitions);
    return cluster.attempt(
      `reading the positions of group ${group}`,
      () => cluster.coordinator("group", group),
      (broker) => broker.send(offsetFetchRequest(group, partitions, onlyStable)),
    );
  }

  async producer(transactionalId: string): Promise<TransactionalProducer> {
    this.#mustBeOpen();
    const cluster = new Cluster(this.#connections);
    let producer: OpenProducer;
    try {
      producer = await this.#openProducer(cluster, transactionalId);
    } catch (error) {
      await cluster.close();
      throw error;
    }
    const former = this.#producers.get(transactionalId);
    this.#producers.set(transactionalId, producer);
    if (former) this.#retire(former);
    return producer;
  }

  #openProducer(cluster: Cluster, transactionalId: string): Promise<OpenProducer> {
    const settings = this.#settings;
    const onCommit = (committed: CommittedTransaction) => this.#committed(committed);
    if (settings.guarantee === "exactly_once") {
      return KafkaProducer.open(cluster, { ...settings, transactionalId }, onCommit);
    }
    const memberOf = (group: string) => this.#memberships.get(group) ?? null;
    const named = { ...settings, name: transactionalId };
    return AtLeastOnceProducer.open(cluster, named, memberOf, onCommit);
  }

  async members(group: string): Promise<readonly string[]> {
    this.#mustBeOpen();
    return this.#admin.members(group);
  }

  async deleteGroup(group: string): Promise<void> {
    this.#mustBeOpen();
    await this.#admin.deleteGroup(group);
  }

  async deleteTopics(names: readonly string[]): Promise<void> {
    this.#mustBeOpen();
    for (const name of names) this.#purge.forget(name);
    await this.#admin.deleteTopics(names);
  }

  async addPartitions(topic: string, partitions: number): Promise<void> {
    this.#mustBeOpen();
    await this.#admin.addPartitions(topic, partitions);
  }

  join(options: JoinOptions): Membership {
    this.#mustBeOpen();
    const { group } = options;
    const former = this.#memberships.get(group);
    assert(former?.isLeaving ?? true, `this log has a member in group ${group}: let it leave`);
    const groupInstanceId = this.#settings.groupInstanceId ?? null;
    const settings = { ...this.#settings, groupInstanceId };
    const { clock } = this.#settings;
    const membership = new KafkaMembership(this.#connections, settings, options, clock);
    this.#memberships.set(group, membership);
    return membership;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([...this.#memberships.values()].map((membership) => membership.leave()));
    await this.#purge.close();
    const producers = [...this.#producers.values()].map((producer) => producer.close());
    await Promise.all([
      ...producers,
      ...this.#retiring,
      this.#cluster.close(),
      this.#ahead.close(),
      this.#deletions.close(),
    ]);
    this.#reader.close();
  }

  #retire(former: OpenProducer): void {
    const retiring: Promise<void> = former.retire().finally(() => this.#retiring.delete(retiring));
    this.#retiring.add(retiring);
  }

  #committed({ partitions, positions }: CommittedTransaction): void {
    for (const at of partitions) this.#reader.invalidate(at);
    this.#purge.committed(positions);
  }

  #hasOpenPositions(group: string, partitions: readonly TopicPartition[]): boolean {
    const names = new Set(partitions.map(partitionName));
    return [...this.#producers.values()].some(({ openPositions }) =>
      openPositions.some((open) => open.group === group && names.has(partitionName(open.at))),
    );
  }

  async #offsetAt(at: TopicPartition, timestamp: number): Promise<number> {
    const { topic, partition } = at;
    const cluster = this.#cluster;
    const { responses } = await cluster.attempt(
      `looking for the bounds of ${partitionName(at)}`,
      () => cluster.leader(at),
      ({ requests }) =>
        requests.listOffsets({
          replicaId: -1,
          isolationLevel: READ_COMMITTED,
          topics: [{ topic, partitions: [{ partition, timestamp }] }],
        }),
    );
    return Number(responses[0]!.partitions[0]!.offset);
  }

  #mustBeOpen(): void {
    assert(!this.#closed, "the Kafka log has been closed");
  }
}
