import type { ConnectionOptions } from "node:tls";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { Compression } from "./records/compression.ts";
import type { Sasl } from "./wire/broker-connection.ts";
import type { SocketFactory } from "./wire/kafkajs-internals.ts";

export interface KafkaLogOptions {
  /** Where to ask first: `host:port`. */
  readonly brokers: readonly string[];
  readonly clock: Clock;
  readonly clientId?: string;
  /** As for `tls.connect`; an empty object for the usual authorities. */
  readonly tls?: ConnectionOptions;
  readonly sasl?: Sasl;
  /** Of topics that are created: three by default, or as many as there are brokers. */
  readonly replicationFactor?: number;
  /** The largest record, and the largest batch, compressed: `max.message.bytes` of the topics. */
  readonly recordBytesMax?: number;
  /** Rows are sent in batches of about this size, before compression. */
  readonly batchBytesMax?: number;
  readonly compression?: Compression;
  /**
   * `exactly_once` (the default): rows and positions in one transaction. `at_least_once`: without
   * transactions; after a failure rows may be there twice, and none is missing.
   */
  readonly guarantee?: "exactly_once" | "at_least_once";
  /** A transaction which takes longer is aborted, and its producer shut out. */
  readonly transactionTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** How long it is tried again before an error of the world is passed on. */
  readonly patienceMs?: number;
  /** Bytes fetched ahead for each position that is read from, compressed ones among them. */
  readonly prefetchBytesMax?: number;
  /** How often what has been consumed of repartition topics is deleted. */
  readonly purgeIntervalMs?: number;
  /** A member of a group that is silent for longer is given up, and others get its tasks. */
  readonly sessionTimeoutMs?: number;
  /** How often a member tells that it lives, and learns that the tasks are shared out anew. */
  readonly heartbeatIntervalMs?: number;
  /** How long the others wait for a member that has been asked to join anew. */
  readonly rebalanceTimeoutMs?: number;
  /** A member that is not polled for longer leaves its group: its process hangs. */
  readonly maxPollIntervalMs?: number;
  /**
   * The name of a static member, no other's (KIP-345): it does not leave, and when it is back before
   * its session runs out it has its tasks again without a rebalance.
   */
  readonly groupInstanceId?: string;
  readonly openSocket?: SocketFactory;
  /** Takes what the connections say of themselves: failed connections, refused requests. */
  readonly onLog?: (message: string, details: Readonly<Record<string, unknown>>) => void;
}

const MIB = 1 << 20;

type Defaulted =
  | "clientId"
  | "recordBytesMax"
  | "batchBytesMax"
  | "compression"
  | "guarantee"
  | "transactionTimeoutMs"
  | "requestTimeoutMs"
  | "patienceMs"
  | "prefetchBytesMax"
  | "purgeIntervalMs"
  | "sessionTimeoutMs"
  | "heartbeatIntervalMs"
  | "rebalanceTimeoutMs"
  | "maxPollIntervalMs";

export type KafkaLogSettings = KafkaLogOptions & Required<Pick<KafkaLogOptions, Defaulted>>;

const DEFAULTS: Required<Pick<KafkaLogOptions, Defaulted>> = {
  clientId: "gdelt-streams",
  recordBytesMax: 16 * MIB,
  batchBytesMax: MIB,
  compression: "zstd",
  guarantee: "exactly_once",
  transactionTimeoutMs: 60_000,
  requestTimeoutMs: 30_000,
  patienceMs: 30_000,
  prefetchBytesMax: 2 * MIB,
  purgeIntervalMs: 30_000,
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 1000,
  rebalanceTimeoutMs: 60_000,
  maxPollIntervalMs: 300_000,
};

/** @throws ConfigError for what cannot work. */
export function settingsOf(options: KafkaLogOptions): KafkaLogSettings {
  const settings = { ...DEFAULTS, ...options };
  const { heartbeatIntervalMs, sessionTimeoutMs } = settings;
  if (heartbeatIntervalMs * 2 <= sessionTimeoutMs) return settings;
  throw new ConfigError(
    `a heartbeat every ${heartbeatIntervalMs} ms does not keep a session of ${sessionTimeoutMs} ms: ` +
      "let heartbeatIntervalMs be half of sessionTimeoutMs at most",
  );
}
