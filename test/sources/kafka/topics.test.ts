import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError, TaskCorruptedError } from "../../../src/record/errors.ts";
import { kafkaTool } from "../../services/kafka-tools.ts";
import { service } from "../../services/service.ts";
import { plain, toRecords } from "../log-records.ts";
import { KafkaUnderTest } from "./kafka-under-test.ts";

const { connection, skip } = await service("kafka");
const kafka = connection && new KafkaUnderTest(connection);
const servers = ["--bootstrap-server", connection?.brokers.join(",") ?? ""];

const DAY_MS = 86_400_000;
const SEGMENT_MS = `segment.ms=${Number.MAX_SAFE_INTEGER}`;
const LARGE = "max.message.bytes=20000000";

async function createByHand(topic: string, settings: readonly string[]): Promise<void> {
  const configs = settings.flatMap((setting) => ["--config", setting]);
  await kafkaTool("TopicCommand", [...servers, "--create", "--topic", topic, ...configs]);
}

test("a topic is made with what its retention needs", { skip }, async () => {
  const log = await kafka!.open();
  const name = kafka!.name();
  await log.createTopics([
    { name: `${name}days`, partitions: 3, retention: 8 * DAY_MS },
    { name: `${name}forever`, partitions: 1, retention: "forever" },
    { name: `${name}consumed`, partitions: 2, retention: "consumed" },
  ]);
  const described = await kafkaTool("TopicCommand", [...servers, "--describe"]);
  const line = (topic: string) =>
    described.split("\n").find((of) => of.includes(`${name}${topic}\t`));
  assert.match(line("days")!, /PartitionCount: 3.*retention\.ms=691200000/);
  assert.match(line("forever")!, /PartitionCount: 1.*retention\.ms=-1/);
  assert.match(line("consumed")!, /PartitionCount: 2.*retention\.ms=-1/);
  for (const topic of ["days", "forever", "consumed"]) {
    assert.match(line(topic)!, /cleanup\.policy=delete.*max\.message\.bytes=16777216/);
    assert.match(line(topic)!, /message\.timestamp\.type=CreateTime/);
    assert.ok(line(topic)!.includes(SEGMENT_MS));
  }
});

for (const [setting, settings] of [
  ["cleanup.policy", ["cleanup.policy=compact", SEGMENT_MS, LARGE, "retention.ms=-1"]],
  ["message.timestamp.type", ["message.timestamp.type=LogAppendTime", SEGMENT_MS, LARGE]],
  ["retention.ms", ["retention.ms=1000", SEGMENT_MS, LARGE]],
  ["segment.ms", [LARGE, "retention.ms=-1"]],
  ["max.message.bytes", ["max.message.bytes=1000000", SEGMENT_MS, "retention.ms=-1"]],
] as const) {
  test(`a topic of others whose ${setting} does not do is refused`, { skip }, async () => {
    const log = await kafka!.open();
    const name = `${kafka!.name()}raw`;
    await createByHand(name, settings);
    const asked = log.createTopics([{ name, partitions: 1, retention: DAY_MS }]);
    const message = new RegExp(`${name} exists with ${setting.replaceAll(".", "\\.")}=`);
    await assert.rejects(asked, { name: ConfigError.name, message });
  });
}

test("a topic of others that keeps rows for longer will do", { skip }, async () => {
  const log = await kafka!.open();
  const name = `${kafka!.name()}raw`;
  await createByHand(name, [`retention.ms=${9 * DAY_MS}`, SEGMENT_MS, LARGE]);
  await log.createTopics([{ name, partitions: 1, retention: 8 * DAY_MS }]);
  const forever = log.createTopics([{ name, partitions: 1, retention: "forever" }]);
  await assert.rejects(forever, /retention\.ms=777600000, and needs -1/);
});

test("settings that a broker refuses are told by what to do", { skip }, async () => {
  const log = await kafka!.open({ replicationFactor: 7 });
  const name = `${kafka!.name()}raw`;
  const asked = log.createTopics([{ name, partitions: 1, retention: "forever" }]);
  await assert.rejects(asked, { name: ConfigError.name, message: /replicationFactor/ });
  assert.equal(await log.partitions(name), 0);
  const nameless = log.createTopics([{ name: "no/name", partitions: 1, retention: "forever" }]);
  await assert.rejects(nameless, { name: ConfigError.name, message: /no\/name.*name/ });
  const patient = await kafka!.open({ transactionTimeoutMs: 10 * DAY_MS });
  await assert.rejects(patient.producer(name), /transaction\.max\.timeout\.ms/);
});

test("what every group has consumed of a repartition topic is deleted", { skip }, async () => {
  const log = await kafka!.within(kafka!.name(), { purgeIntervalMs: 0 });
  await log.createTopics([{ name: "t", partitions: 1, retention: "consumed" }]);
  const at = { topic: "t", partition: 0 };
  const producer = await log.producer("p");
  const commit = async (group: string, offset: number): Promise<void> => {
    await producer.sendOffsets(group, [{ ...at, offset, metadata: "" }]);
    await producer.commit();
  };
  await producer.send(toRecords("t", 0, plain("a", "b", "c", "d")));
  await producer.commit();
  await commit("slow", 1);
  await commit("fast", 3);
  while ((await log.bounds(at)).start < 1) await sleep(10);
  assert.equal((await log.bounds(at)).start, 1, "the slow group has to read the rest");
  await commit("slow", 3);
  while ((await log.bounds(at)).start < 3) await sleep(10);
  await assert.rejects(log.read(at, 0, 100), { name: TaskCorruptedError.name, message: /3 to 5/ });
  assert.equal((await log.read(at, 3, 100))?.length, 1);
});
