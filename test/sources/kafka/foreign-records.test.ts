import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import type { RecordBatch, TopicPartition } from "../../../src/record/record-batch.ts";
import type { Log } from "../../../src/runtime/ports.ts";
import { kafkaTool } from "../../services/kafka-tools.ts";
import { service } from "../../services/service.ts";
import { plain, sliceEnd, toPlain, toRecords } from "../log-records.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);
const servers = ["--bootstrap-server", connection?.brokers.join(",") ?? ""];

async function newTopic(log: Log): Promise<TopicPartition> {
  const topic = `${kafka!.name()}raw`;
  await log.createTopics([{ name: topic, partitions: 1, retention: "forever" }]);
  return { topic, partition: 0 };
}

/** Sends lines as Kafka's own producer does. */
const produce = (topic: string, lines: readonly string[], ...options: string[]): Promise<string> =>
  kafkaTool(
    "ConsoleProducer",
    [...servers, "--topic", topic, ...options],
    lines.map((line) => `${line}\n`).join(""),
  );

async function readAll(log: Log, at: TopicPartition): Promise<RecordBatch[]> {
  const batches: RecordBatch[] = [];
  for (let next = 0; ; ) {
    const batch = await log.read(at, next, 1 << 20);
    if (batch === null) return batches;
    batches.push(batch);
    next = batch.nextOffset;
  }
}

const rows = (batches: readonly RecordBatch[]) =>
  batches.flatMap((batch) => {
    const { headers, rows } = toPlain(batch);
    return rows.map(({ key, value }) => ({ key, value, headers }));
  });

for (const codec of ["none", "gzip", "zstd"]) {
  test(`lines that Kafka's own producer sends (${codec}) are rows`, { skip }, async () => {
    const log = await kafka!.open();
    const at = await newTopic(log);
    const lines = Array.from({ length: 2000 }, (_, i) => `1\t2\tline ${i} ${"x".repeat(i % 50)}`);
    await produce(at.topic, lines, "--compression-codec", codec);
    const read = rows(await readAll(log, at));
    assert.deepEqual(
      read,
      lines.map((value) => ({ key: null, value, headers: {} })),
    );
  });
}

test("keys, headers and tombstones of others are read", { skip }, async () => {
  const log = await kafka!.open();
  const at = await newTopic(log);
  const parsed = ["parse.key=true", "parse.headers=true", "null.marker=NULL"];
  const lines = ["a:1,b:\tk1\tv1", "a:1,b:\tk2\tv2", "a:2\tk3\tNULL", "NULL\tNULL\tv4"];
  await produce(at.topic, lines, ...parsed.flatMap((property) => ["--property", property]));
  assert.deepEqual(rows(await readAll(log, at)), [
    { key: "k1", value: "v1", headers: { a: "1", b: "" } },
    { key: "k2", value: "v2", headers: { a: "1", b: "" } },
    { key: "k3", value: "", headers: { a: "2" } },
    { key: null, value: "v4", headers: {} },
  ]);
});

for (const codec of ["snappy", "lz4"]) {
  test(`records compressed with ${codec} are refused, with the way out`, { skip }, async () => {
    const log = await kafka!.open();
    const at = await newTopic(log);
    await produce(at.topic, ["line"], "--compression-codec", codec);
    const message = new RegExp(`${at.topic}-0.*${codec}.*compression.type`);
    await assert.rejects(log.read(at, 0, 100), { name: ConfigError.name, message });
  });
}

test("what we send is read by Kafka's own consumer, headers and all", { skip }, async () => {
  const log = await kafka!.open();
  const at = await newTopic(log);
  const producer = await log.producer(kafka!.name());
  const row = { value: "1\tvalue", key: "1", timestampMs: 1424300400000, ordinal: 17 };
  const records = { rows: [row], headers: { feed: "events" }, control: sliceEnd(1424300400000) };
  await producer.send(toRecords(at.topic, 0, { ...plain(), ...records }));
  await producer.commit();
  await producer.send(toRecords(at.topic, 0, plain("aborted")));
  await producer.abort();
  const printed = ["key", "headers", "timestamp", "offset"].flatMap((what) => [
    "--property",
    `print.${what}=true`,
  ]);
  const output = await kafkaTool("consumer.ConsoleConsumer", [
    ...[...servers, "--topic", at.topic, "--from-beginning", "--isolation-level", "read_committed"],
    ...[...printed, "--timeout-ms", "5000"],
  ]);
  const marker = JSON.stringify(sliceEnd(1424300400000));
  assert.deepEqual(output.split("\n"), [
    "CreateTime:1424300400000\tOffset:0\tfeed:events,gdelt-row:17\t1\t1\tvalue",
    `CreateTime:1424300400000\tOffset:1\tfeed:events,gdelt-slice-end:${marker}\tnull\tnull`,
  ]);
});

test("rows of no bytes and of 900 kB come back; one over the limit is refused", {
  skip,
}, async () => {
  const limits = { recordBytesMax: 1_000_000, compression: "none" } as const;
  const log = await kafka!.within(kafka!.name(), limits);
  await log.createTopics([{ name: "t", partitions: 1, retention: "forever" }]);
  const producer = await log.producer("p");
  const large = "l".repeat(900_000);
  await producer.send(toRecords("t", 0, plain("", large, "", large)));
  await producer.commit();
  const tooLarge = toRecords("t", 0, plain("small", "x".repeat(1_000_001)));
  const error = {
    name: ConfigError.name,
    message: /recordBytesMax is 1000000.*max\.message\.bytes/,
  };
  await assert.rejects(producer.send(tooLarge), error);
  await producer.abort();
  await producer.send(toRecords("t", 0, plain("after")));
  await producer.commit();
  const read = rows(await readAll(log, { topic: "t", partition: 0 }));
  assert.deepEqual(
    read.map(({ value }) => value),
    ["", large, "", large, "after"],
  );
});

test("a row which is too large for the topic of another is refused by its name", {
  skip,
}, async () => {
  const topic = `${kafka!.name()}raw`;
  const small = ["--config", "max.message.bytes=1000"];
  await kafkaTool("TopicCommand", [...servers, "--create", "--topic", topic, ...small]);
  const log = await kafka!.open();
  const producer = await log.producer(kafka!.name());
  const row = toRecords(topic, 0, plain(Array.from({ length: 2000 }, (_, i) => i).join()));
  const error = {
    name: ConfigError.name,
    message: new RegExp(`${topic}-0.*max\\.message\\.bytes`),
  };
  await assert.rejects(producer.send(row), error);
});
