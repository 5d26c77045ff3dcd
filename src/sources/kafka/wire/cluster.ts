import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError, RetriableError } from "../../../record/errors.ts";
import type { TopicPartition } from "../../../record/record-batch.ts";
import { noSuchPartition } from "../../log-errors.ts";
import { BrokerConnection, type ConnectionSettings } from "./broker-connection.ts";
import { CODE, codeOf, isSilence, passes, translated } from "./kafka-errors.ts";
import {
  type BrokerAddress,
  type ClusterMetadata,
  metadataRequest,
  type TopicMetadata,
} from "./metadata-request.ts";
import { ConnectionClosedError, checkCode, ProtocolError } from "./request.ts";

export interface ClusterSettings extends ConnectionSettings {
  /** Where to ask first: `host:port`. */
  readonly brokers: readonly string[];
  /** How long it is tried again, waits and unanswered requests together. */
  readonly patienceMs: number;
}

export type CoordinatorOf = "group" | "transaction";

const FIRST_WAIT_MS = 10;
const WAIT_MS_MAX = 1000;
/** The end of a transaction takes as long as a few writes do. */
const TRANSACTION_WAIT_MS_MAX = 50;

/**
 * The brokers, by what one wants of them, with one connection to each. Whoever must not wait for
 * another's answer has a cluster of his own: a broker answers a connection in order.
 */
export class Cluster {
  readonly #settings: ClusterSettings;
  readonly #bootstrap: readonly BrokerAddress[];
  /** By `host:port`. */
  readonly #connections = new Map<string, Promise<BrokerConnection>>();
  #brokers: ReadonlyMap<number, BrokerAddress> = new Map();
  readonly #topics = new Map<string, TopicMetadata>();
  readonly #coordinators = new Map<string, BrokerAddress>();
  #turn = 0;
  #closed = false;

  /** @throws ConfigError when `brokers` are no addresses. */
  constructor(settings: ClusterSettings) {
    this.#settings = settings;
    this.#bootstrap = settings.brokers.map(parseAddress);
    if (this.#bootstrap.length === 0) {
      throw new ConfigError("the Kafka log has no broker to ask: give it at least one host:port");
    }
  }

  /**
   * Does `work` with a broker, again and again while that may help. `what` is for the message.
   * @throws RetriableError when patience ends; what the broker refuses for good.
   */
  async attempt<T>(
    what: string,
    find: () => Promise<BrokerConnection>,
    work: (broker: BrokerConnection) => Promise<T>,
  ): Promise<T> {
    const { patienceMs, requestTimeoutMs } = this.#settings;
    let waitedMs = 0;
    for (let tries = 0; ; tries++) {
      let broker: BrokerConnection | null = null;
      try {
        broker = await find();
        return await work(broker);
      } catch (cause) {
        this.#learn(cause, broker);
        if (this.#closed || !passes(cause)) throw translated(what, cause);
        if (waitedMs >= patienceMs) {
          const text = cause instanceof Error ? cause.message : String(cause);
          throw new RetriableError(`${what}: ${text}, after ${tries + 1} tries`, { cause });
        }
        const waitMs = Math.min(FIRST_WAIT_MS * 2 ** tries, waitMsMax(cause));
        const isTimeout = cause instanceof Error && cause.name === "KafkaJSRequestTimeoutError";
        waitedMs += waitMs + (isTimeout ? requestTimeoutMs : 0);
        await sleep(waitMs);
      }
    }
  }

  /** Who leads a partition. @throws ConfigError when there is none of that name. */
  async leader(at: TopicPartition): Promise<BrokerConnection> {
    const known = this.#topics.get(at.topic)?.leaders[at.partition];
    // One that is not known may have been added since.
    const leader = known ?? (await this.describe(at.topic))?.leaders[at.partition];
    if (leader === undefined) throw noSuchPartition(at);
    return this.#node(leader);
  }

  /** What is known of a topic now; null when there is none of that name. */
  async describe(name: string): Promise<TopicMetadata | null> {
    const { topics } = await this.#metadata([name]);
    const topic = topics.find((found) => found.name === name);
    if (!topic || topic.errorCode === CODE.UNKNOWN_TOPIC_OR_PARTITION) {
      this.#topics.delete(name);
      return null;
    }
    checkCode(topic.errorCode, `topic ${name}`);
    if (topic.leaders.every((leader) => leader >= 0)) this.#topics.set(name, topic);
    return topic;
  }

  async coordinator(of: CoordinatorOf, id: string): Promise<BrokerConnection> {
    const name = `${of} ${id}`;
    let address = this.#coordinators.get(name);
    if (!address) {
      const broker = await this.any();
      const coordinatorType = of === "group" ? 0 : 1;
      const { coordinator } = await broker.requests.findGroupCoordinator({
        groupId: id,
        coordinatorType,
      });
      address = coordinator;
      this.#coordinators.set(name, address);
    }
    return this.#connection(address);
  }

  /** A broker that takes requests for the controller. */
  async controller(): Promise<BrokerConnection> {
    const { controllerId } = await this.#metadata([]);
    return this.#node(controllerId);
  }

  /** How many brokers there are. */
  async size(): Promise<number> {
    return (await this.#metadata([])).brokers.size;
  }

  /** Any broker that can be reached: another one each time it fails. */
  async any(): Promise<BrokerConnection> {
    const known = [...this.#brokers.values(), ...this.#bootstrap];
    return this.#connection(known[this.#turn % known.length]!);
  }

  /** Who leads and who coordinates: the next who needs to know asks anew. */
  forget(): void {
    this.#topics.clear();
    this.#coordinators.clear();
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connections = [...this.#connections.values()];
    this.#connections.clear();
    await Promise.all(connections.map((opening) => this.#drop(opening)));
  }

  async #metadata(topics: readonly string[]): Promise<ClusterMetadata> {
    const metadata = await (await this.any()).send(metadataRequest(topics));
    this.#brokers = metadata.brokers;
    return metadata;
  }

  async #node(id: number): Promise<BrokerConnection> {
    const address = this.#brokers.get(id);
    if (!address)
      throw new ProtocolError(CODE.LEADER_NOT_AVAILABLE, "a partition without a leader");
    return this.#connection(address);
  }

  async #connection(address: BrokerAddress): Promise<BrokerConnection> {
    if (this.#closed) throw new ConnectionClosedError("the Kafka log has been closed");
    const name = `${address.host}:${address.port}`;
    for (;;) {
      const opening = this.#connections.get(name) ?? this.#open(name, address);
      const connection = await opening;
      if (connection.isOpen) return connection;
      if (this.#connections.get(name) === opening) this.#connections.delete(name);
    }
  }

  #open(name: string, { host, port }: BrokerAddress): Promise<BrokerConnection> {
    const opening = BrokerConnection.open({ host, port }, this.#settings);
    this.#connections.set(name, opening);
    opening.catch(() => this.#connections.delete(name));
    return opening;
  }

  async #drop(opening: Promise<BrokerConnection>): Promise<void> {
    const connection = await opening.catch(() => null);
    await connection?.close();
  }

  /** What a failure says about what we believe to know. */
  #learn(cause: unknown, broker: BrokerConnection | null): void {
    const code = codeOf(cause);
    if (code === CODE.CONCURRENT_TRANSACTIONS || code === CODE.UNSTABLE_OFFSET_COMMIT) return;
    this.forget();
    if (!isSilence(cause)) return;
    this.#turn++;
    void broker?.close();
  }
}

function waitMsMax(cause: unknown): number {
  const code = codeOf(cause);
  const isEnding = code === CODE.CONCURRENT_TRANSACTIONS || code === CODE.UNSTABLE_OFFSET_COMMIT;
  return isEnding ? TRANSACTION_WAIT_MS_MAX : WAIT_MS_MAX;
}

function parseAddress(broker: string): BrokerAddress {
  const url = URL.parse(`kafka://${broker}`);
  const port = Number(url?.port);
  if (!url || url.hostname === "" || port === 0 || url.host !== broker.toLowerCase()) {
    throw new ConfigError(`"${broker}" is no address of a broker: write host:port`);
  }
  return { host: url.hostname.replace(/^\[|\]$/g, ""), port };
}
