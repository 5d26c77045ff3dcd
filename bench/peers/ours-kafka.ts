import { writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stringify } from "yaml";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { partitionName, type TopicPartition } from "../../src/record/record-batch.ts";
import { SILVER_TOPICS } from "../../src/silver/silver-topology.ts";
import { DeltaLog } from "../../src/sinks/delta/log.ts";
import type { KafkaLog } from "../../src/sources/kafka/kafka-log.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { ReplicaProcess } from "../../test/replicas/replica-process.ts";
import { answerOf } from "./answer.ts";
import type { Broker, Contender } from "./contender.ts";
import { RAW_TOPICS } from "./peer-topics.ts";
import { silverOfOurs } from "./silver-of-ours.ts";

const EVERY_MS = 50;
const MS_MAX = 900_000;
const REPARTITION = "gdelt.mentions-by-event-repartition";

export interface OursOnKafka {
  readonly guarantee: "exactly_once" | "at_least_once";
  readonly threads: number;
  /** Into Delta tables as well; else the Silver topics are the end. */
  readonly lake: boolean;
}

/** A replica as an operator runs it (`run`), its checkpoints and tables in folders. */
export function oursOnKafka({ guarantee, threads, lake }: OursOnKafka): Contender {
  const name = `ours-kafka${lake ? "-delta" : ""}-${guarantee}-${threads}`;
  const counted = `${threads} ${threads === 1 ? "thread" : "threads"}`;
  return {
    name,
    title: `ours, Kafka → ${lake ? "Delta" : "Silver topics"}, ${guarantee}, ${counted}`,
    onKafka: true,
    prepare: async () => {},
    run: async ({ broker, folder, watch }) => {
      const config = path.join(folder, "config.yaml");
      const settings = {
        "bootstrap.servers": broker!.address,
        "application.id": name,
        "processing.guarantee": guarantee,
        "num.stream.threads": threads,
        partitions: broker!.partitions,
        "checkpoint.store": path.join(folder, "checkpoints"),
        "state.dir": path.join(folder, "state"),
        "lake.location": path.join(folder, "lake"),
        "lake.enabled": lake,
        "bronze.enabled": false,
        // What is read last would wait for ten seconds otherwise, and be measured.
        "table.commit.interval.ms": 2000,
        "upkeep.enabled": false,
        "inspector.address": "off",
      };
      writeFileSync(config, stringify(settings));
      const replica = new ReplicaProcess(["run", "--config", config], {});
      const kill = () => replica.child.kill("SIGKILL");
      process.once("exit", kill);
      try {
        watch(replica.child.pid!);
        const isDone = async () =>
          (await tasksAreDone(broker!, name)) &&
          (!lake || (await tablesAreDone(broker!.log, path.join(folder, "lake"), name)));
        const endedMs = await timeOf(isDone, replica);
        const startedMs = Date.parse(firstState(replica));
        if ((await replica.stop()) !== 0) throw new Error(replica.said.slice(-2000));
        const mentions = path.join(folder, "lake/silver/mentions");
        const answer = await (lake ? answerOf("delta", mentions) : silverOfOurs(broker!.log));
        return { startedMs, endedMs, answer };
      } finally {
        kill();
        process.off("exit", kill);
      }
    },
  };
}

/** When the client left the state that it is made in: what went before is the start of the process. */
function firstState(replica: ReplicaProcess): string {
  const line = replica.lines.find(({ msg }) => msg.startsWith("State transition from CREATED"));
  if (line === undefined) throw new Error(`it has never started: ${replica.said.slice(-2000)}`);
  return line.time;
}

async function timeOf(isDone: () => Promise<boolean>, replica: ReplicaProcess): Promise<number> {
  const startMs = performance.now();
  for (;;) {
    if (await isDone()) return Date.now();
    const { exitCode, signalCode } = replica.child;
    const isOver = exitCode !== null || signalCode !== null;
    if (isOver || performance.now() - startMs > MS_MAX) {
      throw new Error(`it does not come to its end: ${replica.said.slice(-2000)}`);
    }
    await sleep(EVERY_MS);
  }
}

const partitionsOf = (topic: string, count: number): TopicPartition[] =>
  Array.from({ length: count }, (_, partition) => ({ topic, partition }));

/** Whether all that is there has been joined: what they wrote is in the same transactions. */
async function tasksAreDone({ log, partitions }: Broker, application: string): Promise<boolean> {
  for (const topic of [...RAW_TOPICS, REPARTITION]) {
    if ((await log.partitions(topic)) === 0) return false;
    const all = partitionsOf(topic, partitions);
    const committed = await log.committed(`${application}-1`, all);
    for (const at of all) {
      const { end } = await log.bounds(at);
      if (end === 0 || (committed.get(partitionName(at))?.offset ?? 0) < end) return false;
    }
  }
  return true;
}

async function tablesAreDone(log: KafkaLog, lake: string, application: string): Promise<boolean> {
  const store = new FolderObjectStore(lake);
  for (const [output, topic] of Object.entries(SILVER_TOPICS)) {
    const node = output === "lifecycle" ? "lifecycle-lake" : `silver-${output}-lake`;
    const { folder } = LAKE_TABLES.find((table) => table.node === node)!;
    const snapshot = await new DeltaLog(store, folder).load();
    for (const at of partitionsOf(topic, await log.partitions(topic))) {
      const { end } = await log.bounds(at);
      const position = `${application}/1/${node}/${partitionName(at)}`;
      if ((snapshot?.transactions.get(position)?.version ?? 0) < end) return false;
    }
  }
  return true;
}
