import assert from "node:assert/strict";
import { test } from "node:test";
import { kafkaCluster } from "../../scripts/services/kafka.ts";
import { brokersSeenAt } from "../../scripts/services/kafka-metadata.ts";
import { isListening } from "../../scripts/services/ports.ts";
import { endProcess, isRunning, thisProcess } from "../../scripts/services/running-process.ts";
import { kafkaTool } from "./kafka-tools.ts";
import { ownInstance } from "./own-instance.ts";

const self = await thisProcess();
const single = kafkaCluster(1);
const skip = !(await single.software.isInstalled()) && "Kafka is not installed";

/** Sends lines and reads them back, compressed as ours will be. */
async function roundTrip(brokers: string, topic: string, lines: string[]): Promise<string[]> {
  const to = ["--bootstrap-server", brokers, "--topic", topic];
  const zstd = ["--compression-codec", "zstd", "--request-required-acks", "all"];
  await kafkaTool("ConsoleProducer", [...to, ...zstd], lines.map((line) => `${line}\n`).join(""));
  const reading = ["--from-beginning", "--max-messages", String(lines.length)];
  const read = await kafkaTool("consumer.ConsoleConsumer", [...to, ...reading]);
  return read.split("\n");
}

test("a Kafka starts, keeps records, and stops", { skip }, async () => {
  const instance = ownInstance("kafka");
  const started = await instance.start(single, self);
  const brokers = single.endpoint(started.ports);
  const create = ["--bootstrap-server", brokers, "--create", "--topic", "words"];
  await kafkaTool("TopicCommand", create);
  assert.deepEqual(await roundTrip(brokers, "words", ["one", "two"]), ["one", "two"]);
  await instance.stop(self);
  assert.equal(await isRunning(started.servers[0]!), false);
  for (const port of started.ports) assert.equal(await isListening(port), false);
  assert.equal(await brokersSeenAt(started.ports[0]!), 0);
});

test("three nodes are one cluster, which goes on without one of them", { skip }, async () => {
  const cluster = kafkaCluster(3);
  const instance = ownInstance("kafka3");
  const started = await instance.start(cluster, self);
  assert.equal(started.servers.length, 3);
  const brokers = cluster.endpoint(started.ports);
  const topic = ["--bootstrap-server", brokers, "--topic", "words"];
  await kafkaTool("TopicCommand", ["--create", ...topic]);
  assert.match(await kafkaTool("TopicCommand", ["--describe", ...topic]), /ReplicationFactor: 3/);
  await endProcess(started.servers[0]!, "SIGKILL", 10_000);
  assert.deepEqual(await roundTrip(brokers, "words", ["three"]), ["three"]);
  await instance.stop(self);
  for (const server of started.servers) assert.equal(await isRunning(server), false);
});
