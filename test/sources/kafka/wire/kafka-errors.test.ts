import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ConfigError,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
} from "../../../../src/record/errors.ts";
import { codeOf, passes, translated } from "../../../../src/sources/kafka/wire/kafka-errors.ts";
import {
  ConnectionClosedError,
  ProtocolError,
} from "../../../../src/sources/kafka/wire/request.ts";

const refusal = (code: number): ProtocolError => new ProtocolError(code, "a request");

/** As kafkajs reports them. */
const kafkajs = (name: string, fields: object): Error =>
  Object.assign(new Error("The broker says no"), { name, ...fields });

for (const [code, name, type, again] of [
  [47, "INVALID_PRODUCER_EPOCH", TaskMigratedError, false],
  [90, "PRODUCER_FENCED", TaskMigratedError, false],
  [48, "INVALID_TXN_STATE", TaskMigratedError, false],
  [49, "INVALID_PRODUCER_ID_MAPPING", TaskMigratedError, false],
  [1, "OFFSET_OUT_OF_RANGE", TaskCorruptedError, false],
  [10, "MESSAGE_TOO_LARGE", ConfigError, false],
  [53, "TRANSACTIONAL_ID_AUTHORIZATION_FAILED", ConfigError, false],
  [35, "UNSUPPORTED_VERSION", ConfigError, false],
  [45, "OUT_OF_ORDER_SEQUENCE_NUMBER", RetriableError, false],
  [-1, "UNKNOWN_SERVER_ERROR", RetriableError, false],
  [6, "NOT_LEADER_OR_FOLLOWER", RetriableError, true],
  [16, "NOT_COORDINATOR", RetriableError, true],
  [51, "CONCURRENT_TRANSACTIONS", RetriableError, true],
  [88, "UNSTABLE_OFFSET_COMMIT", RetriableError, true],
] as const) {
  test(`${name} is a ${type.name}, ${again ? "and" : "not"} tried again on the spot`, () => {
    const error = translated("a send", refusal(code));
    assert.ok(error instanceof type);
    assert.match(error.message, /^a send: /);
    assert.equal(codeOf(error.cause), code);
    assert.equal(passes(refusal(code)), again);
  });
}

test("kafkajs' errors are read in all their forms", () => {
  assert.equal(codeOf(kafkajs("KafkaJSProtocolError", { code: 47 })), 47);
  const newer = kafkajs("KafkaJSProtocolError", { code: -99, message: "Unknown error code 90" });
  assert.equal(codeOf(newer), 90);
  assert.ok(translated("a commit", newer) instanceof TaskMigratedError);
  const created = kafkajs("KafkaJSCreateTopicError", { code: 36 });
  assert.equal(codeOf(kafkajs("KafkaJSAggregateError", { errors: [created] })), 36);
  const deleted = { partitions: [{ error: kafkajs("KafkaJSProtocolError", { code: 6 }) }] };
  assert.equal(codeOf(kafkajs("KafkaJSDeleteTopicRecordsError", deleted)), 6);
});

test("silence is tried again, a refused login is for the operator", () => {
  const silent = [
    kafkajs("KafkaJSConnectionError", { code: "ECONNREFUSED" }),
    kafkajs("KafkaJSRequestTimeoutError", {}),
    new ConnectionClosedError("closed"),
  ];
  for (const error of silent) {
    assert.ok(passes(error));
    assert.ok(translated("a send", error) instanceof RetriableError);
  }
  const login = kafkajs("KafkaJSSASLAuthenticationError", {});
  assert.equal(passes(login), false);
  assert.ok(translated("a connection", login) instanceof ConfigError);
});

test("a bug is neither tried again nor dressed up, and our own errors stay as they are", () => {
  const bug = new TypeError("undefined is not a function");
  assert.equal(passes(bug), false);
  assert.equal(translated("a send", bug), bug);
  const ours = new ConfigError("no such topic");
  assert.equal(passes(ours), false);
  assert.equal(translated("a send", ours), ours);
});
