import assert from "node:assert/strict";
import { after, test } from "node:test";
import { kafkaCluster } from "../../../scripts/services/kafka.ts";
import { endProcess, thisProcess } from "../../../scripts/services/running-process.ts";
import { RetriableError } from "../../../src/record/errors.ts";
import type { Log } from "../../../src/runtime/ports.ts";
import { openKafkaLog } from "../../../src/sources/kafka/kafka-log.ts";
import { ownInstance } from "../../services/own-instance.ts";
import { plain, toPlain, toRecords } from "../log-records.ts";

const self = await thisProcess();
const skip = !(await kafkaCluster(1).software.isInstalled()) && "Kafka is not installed";

const ROWS = 60;
const at = { topic: "t", partition: 0 };

/** Writes rows 0, 1, 2 … in a transaction each, with the position after it, until all are there. */
async function write(log: Log, onRow: (row: number) => Promise<void>): Promise<void> {
  let producer = await log.producer("p");
  for (let row = 0; row < ROWS; ) {
    await onRow(row);
    try {
      await producer.send(toRecords("t", row % 2, plain(`row ${row}`)));
      await producer.sendOffsets("g", [{ ...at, offset: row + 1, metadata: "" }]);
      await producer.commit();
      row++;
    } catch (error) {
      if (!(error instanceof RetriableError)) throw error;
      producer = await log.producer("p");
      row = (await log.committed("g", [at])).get("t-0")?.offset ?? 0;
    }
  }
}

/** Reads a partition until it has all of its rows. */
async function read(log: Log, partition: number): Promise<string[]> {
  const rows: string[] = [];
  for (let next = 0; rows.length < ROWS / 2; ) {
    const batch = await log.read({ ...at, partition }, next, 1 << 20);
    if (batch === null) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      continue;
    }
    rows.push(...toPlain(batch).rows.map(({ value }) => value));
    next = batch.nextOffset;
  }
  return rows;
}

const expected = (partition: number): string[] =>
  Array.from({ length: ROWS / 2 }, (_, i) => `row ${2 * i + partition}`);

interface Killed {
  readonly log: Log;
  readonly kill: (node: number) => Promise<void>;
  /** Brings all nodes back, on the data they have left. */
  readonly restart: () => Promise<void>;
}

async function killable(nodes: number): Promise<Killed> {
  const cluster = kafkaCluster(nodes);
  const instance = ownInstance(`kafka-killed-${nodes}`);
  let running = await instance.start(cluster, self);
  const brokers = cluster.endpoint(running.ports).split(",");
  const clock = { nowMs: () => Date.now() };
  const log = await openKafkaLog({ brokers, clock, patienceMs: 60_000 });
  after(() => log.close());
  await log.createTopics([{ name: "t", partitions: 2, retention: "forever" }]);
  return {
    log,
    kill: (node) => endProcess(running.servers[node]!, "SIGKILL", 10_000),
    restart: async () => {
      running = await instance.restart(cluster);
    },
  };
}

test("the only broker is killed, and nothing is lost or doubled", { skip }, async () => {
  const { log, kill, restart } = await killable(1);
  let restarting: Promise<void> = Promise.resolve();
  const writing = write(log, async (row) => {
    if (row !== 10 && row !== 40) return;
    await restarting;
    await kill(0);
    restarting = restart();
  });
  const [first, second] = await Promise.all([read(log, 0), read(log, 1), writing]);
  await restarting;
  assert.deepEqual([first, second], [expected(0), expected(1)]);
});

test("of three brokers one is killed, and the others go on", { skip }, async () => {
  const { log, kill, restart } = await killable(3);
  const writing = write(log, async (row) => {
    if (row === 10) await kill(0);
    if (row === 30) await restart();
    if (row === 40) await kill(1);
  });
  const [first, second] = await Promise.all([read(log, 0), read(log, 1), writing]);
  assert.deepEqual([first, second], [expected(0), expected(1)]);
});
