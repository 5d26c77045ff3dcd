import {
  ConfigError,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
} from "../../../record/errors.ts";
import { ConnectionClosedError, ProtocolError } from "./request.ts";

/** The numbers of Kafka's table of errors that mean something to us. */
export const CODE = {
  OFFSET_OUT_OF_RANGE: 1,
  UNKNOWN_TOPIC_OR_PARTITION: 3,
  LEADER_NOT_AVAILABLE: 5,
  MESSAGE_TOO_LARGE: 10,
  ILLEGAL_GENERATION: 22,
  UNKNOWN_MEMBER_ID: 25,
  REBALANCE_IN_PROGRESS: 27,
  TOPIC_ALREADY_EXISTS: 36,
  DUPLICATE_SEQUENCE_NUMBER: 46,
  INVALID_TXN_STATE: 48,
  CONCURRENT_TRANSACTIONS: 51,
  NON_EMPTY_GROUP: 68,
  GROUP_ID_NOT_FOUND: 69,
  MEMBER_ID_REQUIRED: 79,
  FENCED_INSTANCE_ID: 82,
  UNSTABLE_OFFSET_COMMIT: 88,
} as const;

/** Leaders and coordinators move, brokers start and stop: another try may find things in order. */
const PASSES = new Set([
  CODE.UNKNOWN_TOPIC_OR_PARTITION,
  CODE.LEADER_NOT_AVAILABLE,
  6, // NOT_LEADER_OR_FOLLOWER
  7, // REQUEST_TIMED_OUT
  8, // BROKER_NOT_AVAILABLE
  9, // REPLICA_NOT_AVAILABLE
  13, // NETWORK_EXCEPTION
  14, // COORDINATOR_LOAD_IN_PROGRESS
  15, // COORDINATOR_NOT_AVAILABLE
  16, // NOT_COORDINATOR
  19, // NOT_ENOUGH_REPLICAS
  20, // NOT_ENOUGH_REPLICAS_AFTER_APPEND
  CODE.REBALANCE_IN_PROGRESS,
  41, // NOT_CONTROLLER
  CODE.CONCURRENT_TRANSACTIONS,
  56, // KAFKA_STORAGE_ERROR
  74, // FENCED_LEADER_EPOCH
  75, // UNKNOWN_LEADER_EPOCH
  78, // OFFSET_NOT_AVAILABLE
  CODE.UNSTABLE_OFFSET_COMMIT,
  89, // THROTTLING_QUOTA_EXCEEDED
] as number[]);

const FENCED = new Set<number>([
  47, // INVALID_PRODUCER_EPOCH
  CODE.INVALID_TXN_STATE,
  49, // INVALID_PRODUCER_ID_MAPPING: the id has not been used for so long that it was forgotten
  67, // PRODUCER_ID_NOT_FOUND …
  90, // PRODUCER_FENCED
  105, // TRANSACTIONAL_ID_NOT_FOUND
]);

const ADVICE: Readonly<Record<number, string>> = {
  10: "a record, or a batch of them, is larger than the topic's max.message.bytes: raise it, or recordBytesMax",
  12: "the metadata of a position is longer than the broker's offset.metadata.max.bytes: raise it",
  17: "the topic's name is not allowed: give it another",
  18: "a batch is larger than a segment of the topic: raise segment.bytes",
  23: "members of another kind have a group of that name: give the application another id",
  24: "the group's name is not allowed: give the application another id",
  26: "the session is shorter than the broker's group.min.session.timeout.ms, or longer than group.max.session.timeout.ms: change sessionTimeoutMs",
  29: "the user may not do this with the topic: grant it",
  30: "the user may not do this with the consumer group: grant it",
  31: "the user may not do this with the cluster: grant it",
  32: "a row's time is refused: see message.timestamp.before.max.ms and .after.max.ms of the topic",
  35: "the broker does not know this version of a request: Kafka 2.7 or later is needed",
  37: "the number of partitions is not allowed",
  38: "there are fewer brokers than replicas wanted: lower replicationFactor",
  40: "a setting of the topic is not allowed",
  44: "a policy of the cluster forbids it",
  50: "the transaction timeout is longer than the broker's transaction.max.timeout.ms: lower it",
  53: "the user may not use the transactional id: grant it",
  58: "the broker does not know the user or the password",
  81: "the group has as many members as the broker's group.max.size allows: raise it, or run fewer",
  82: "another member has the groupInstanceId now, and has taken this one's place: give every member its own",
  87: "the broker refuses a record",
};

/** The broker's word, whoever has read it; null when it is not one. */
export function codeOf(error: unknown): number | null {
  if (error instanceof ProtocolError) return error.code;
  if (!(error instanceof Error)) return null;
  const { code, errors, partitions } = error as KafkajsError;
  // kafkajs's table ends at 88; what is newer it has in its message only.
  if (code === -99) return Number(/(\d+)$/.exec(error.message)?.[1] ?? -1);
  if (error.name === "KafkaJSAggregateError") return codeOf(errors?.[0]);
  if (error.name === "KafkaJSDeleteTopicRecordsError") return codeOf(partitions?.[0]?.error);
  return typeof code === "number" ? code : null;
}

interface KafkajsError extends Error {
  readonly code?: number | string;
  readonly errors?: readonly Error[];
  readonly partitions?: readonly { readonly error: Error }[];
}

const isOurs = (error: unknown): boolean =>
  error instanceof ConfigError ||
  error instanceof RetriableError ||
  error instanceof TaskCorruptedError ||
  error instanceof TaskMigratedError;

/** The broker did not answer, or cannot be reached: what it has done is unknown. */
export const isSilence = (error: unknown): boolean =>
  error instanceof ConnectionClosedError ||
  (error instanceof Error &&
    error.name.startsWith("KafkaJS") &&
    codeOf(error) === null &&
    !isRefusedLogin(error));

const isRefusedLogin = (error: unknown): boolean =>
  error instanceof Error && error.name === "KafkaJSSASLAuthenticationError";

/** Whether the same may work in a moment. */
export const passes = (error: unknown): boolean =>
  isSilence(error) || PASSES.has(codeOf(error) ?? Number.NaN);

/** The broker's refusal as an error whose class says what to do. `what` failed. */
export function translated(what: string, cause: unknown): unknown {
  if (isOurs(cause)) return cause;
  const code = codeOf(cause);
  const text = cause instanceof Error ? cause.message : String(cause);
  if (isRefusedLogin(cause)) {
    return new ConfigError(`Kafka refuses the login: ${text}. Check sasl`, { cause });
  }
  if (code !== null && FENCED.has(code)) {
    return new TaskMigratedError(
      `${what}: fenced (${text}): another producer has the id now, or the transaction took longer than its timeout`,
      { cause },
    );
  }
  if (code === CODE.OFFSET_OUT_OF_RANGE) {
    return new TaskCorruptedError(`${what}: the log does not hold that offset`, { cause });
  }
  if (code === null && !isSilence(cause)) return cause; // A bug: let it be seen.
  const advice = code === null ? undefined : ADVICE[code];
  if (advice !== undefined) return new ConfigError(`${what}: ${advice} (${text})`, { cause });
  return new RetriableError(`${what}: ${text}`, { cause });
}
