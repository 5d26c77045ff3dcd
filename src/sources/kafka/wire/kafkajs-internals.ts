import { createRequire } from "node:module";
import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { ConfigError } from "../../../record/errors.ts";

/**
 * What we use of kafkajs: its connections (sockets, TLS, SASL, a queue with timeouts) and the
 * requests of its brokers. They are not its public interface, so the version is fixed and checked,
 * and what they look like is written down here. Nothing else of the program imports kafkajs.
 */
const TESTED_VERSION = "2.2.4";

export interface KafkajsConnection {
  readonly clientId: string;
  socket: Socket;
  connect(): Promise<unknown>;
  isConnected(): boolean;
  isAuthenticated(): boolean;
  authenticate(): Promise<void>;
  nextCorrelationId(): number;
  readonly requestQueue: RequestQueue;
  rejectRequests(error: Error): void;
  disconnect(): Promise<unknown>;
}

interface RequestQueue {
  readonly pending: readonly unknown[];
  push(request: {
    readonly entry: {
      readonly apiKey: number;
      readonly apiName: string;
      readonly apiVersion: number;
      readonly correlationId: number;
      readonly resolve: (response: { readonly payload: Buffer }) => void;
      readonly reject: (error: Error) => void;
    };
    readonly expectResponse: boolean;
    readonly requestTimeout: number | null;
    readonly sendRequest: () => void;
  }): void;
}

export interface ConnectionPool {
  readonly pool: readonly KafkajsConnection[];
}

interface InTransaction {
  readonly transactionalId: string;
  readonly producerId: string;
  readonly producerEpoch: number;
}

interface TopicPartitions<T> {
  readonly topic: string;
  readonly partitions: readonly T[];
}

/** The requests of kafkajs' own which we send. What a broker refuses they throw. */
export interface KafkajsBroker {
  connect(): Promise<void>;
  findGroupCoordinator(request: {
    readonly groupId: string;
    readonly coordinatorType: number;
  }): Promise<{ readonly coordinator: { nodeId: number; host: string; port: number } }>;
  listOffsets(request: {
    readonly replicaId: number;
    readonly isolationLevel: number;
    readonly topics: readonly TopicPartitions<{ partition: number; timestamp: number }>[];
  }): Promise<{
    readonly responses: readonly TopicPartitions<{ readonly offset: string }>[];
  }>;
  createTopics(request: {
    readonly topics: readonly {
      readonly topic: string;
      readonly numPartitions: number;
      readonly replicationFactor: number;
      readonly configEntries: readonly { readonly name: string; readonly value: string }[];
    }[];
    readonly validateOnly: boolean;
    readonly timeout: number;
  }): Promise<unknown>;
  describeConfigs(request: {
    readonly resources: readonly { type: number; name: string; configNames: readonly string[] }[];
  }): Promise<{
    readonly resources: readonly {
      readonly resourceName: string;
      readonly configEntries: readonly { configName: string; configValue: string | null }[];
    }[];
  }>;
  createPartitions(request: {
    readonly topicPartitions: readonly { readonly topic: string; readonly count: number }[];
    readonly timeout: number;
  }): Promise<unknown>;
  deleteTopics(request: {
    readonly topics: readonly string[];
    readonly timeout: number;
  }): Promise<unknown>;
  describeGroups(request: { readonly groupIds: readonly string[] }): Promise<{
    readonly groups: readonly {
      readonly members: readonly { readonly memberId: string; readonly clientHost: string }[];
    }[];
  }>;
  deleteGroups(groups: readonly string[]): Promise<{
    readonly results: readonly { readonly errorCode: number }[];
  }>;
  deleteRecords(request: {
    readonly topics: readonly TopicPartitions<{ partition: number; offset: string }>[];
  }): Promise<unknown>;
  addPartitionsToTxn(
    request: InTransaction & { readonly topics: readonly TopicPartitions<number>[] },
  ): Promise<unknown>;
  addOffsetsToTxn(request: InTransaction & { readonly groupId: string }): Promise<unknown>;
  txnOffsetCommit(
    request: InTransaction & {
      readonly groupId: string;
      readonly topics: readonly TopicPartitions<{
        partition: number;
        offset: string;
        metadata: string;
      }>[];
    },
  ): Promise<unknown>;
  endTxn(request: InTransaction & { readonly transactionResult: boolean }): Promise<unknown>;
}

/** Opens a socket; `tls.connect` or `net.connect` unless a test wants to stand between. */
export type SocketFactory = (options: {
  readonly host: string;
  readonly port: number;
  readonly ssl?: ConnectionOptions;
  readonly onConnect: () => void;
}) => Socket;

export type LogEntry = {
  readonly level: number;
  readonly namespace: string;
  readonly log: { readonly message: string; readonly [extra: string]: unknown };
};

interface Internals {
  readonly ConnectionPool: new (options: object) => ConnectionPool;
  readonly Broker: new (options: object) => KafkajsBroker;
  readonly socketFactory: () => SocketFactory;
  readonly createLogger: (options: {
    readonly level: number;
    readonly logCreator: () => (entry: LogEntry) => void;
  }) => unknown;
}

export const kafkajs: Internals = load();

function load(): Internals {
  const require = createRequire(import.meta.url);
  const { version } = require("kafkajs/package.json");
  if (version !== TESTED_VERSION) {
    throw new ConfigError(
      `kafkajs ${version} is installed, and the Kafka log knows the inside of ${TESTED_VERSION} only: ` +
        `install kafkajs@${TESTED_VERSION}`,
    );
  }
  quietTimers(require("kafkajs/src/network/requestQueue"));
  return {
    ConnectionPool: require("kafkajs/src/network/connectionPool"),
    Broker: require("kafkajs/src/broker"),
    socketFactory: require("kafkajs/src/network/socketFactory"),
    createLogger: require("kafkajs/src/loggers").createLogger,
  };
}

/**
 * As published, every connection has a timer that runs a thousand times a second for as long as the
 * connection lives, and is set to a negative time (of which Node warns) while it has nothing to do.
 * It is needed only while requests wait, because the broker has asked for a pause.
 */
function quietTimers(Queue: { prototype: { scheduleCheckPendingRequests(): void } }): void {
  const { scheduleCheckPendingRequests } = Queue.prototype;
  Queue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}
