import { rm } from "node:fs/promises";
import { install } from "../../scripts/services/install.ts";
import { Instance } from "../../scripts/services/instance.ts";
import { kafkaCluster } from "../../scripts/services/kafka.ts";
import { ownFolder } from "../../scripts/services/own-instance.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";
import { openKafkaLog } from "../../src/sources/kafka/kafka-log.ts";
import type { Broker } from "./contender.ts";
import type { Load } from "./load.ts";
import { fillTopics } from "./peer-topics.ts";

const PARTITIONS = 4;

/** Where there was no time to stop it; the next `npm run services -- stop` deletes what it leaves. */
function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has been stopped.
  }
}

/** Does something with a broker that nobody else uses, the load in its topics; it is gone after that. */
export async function withBroker<T>(load: Load, work: (broker: Broker) => Promise<T>): Promise<T> {
  const cluster = kafkaCluster(1);
  await install(cluster.software);
  const folder = ownFolder("peers");
  const instance = new Instance(folder);
  let pid = 0;
  const onExit = () => kill(pid);
  try {
    const { ports, servers } = await instance.start(cluster, await thisProcess());
    pid = servers[0]!.pid;
    process.once("exit", onExit);
    const address = cluster.endpoint(ports);
    await fillTopics(address, load, PARTITIONS);
    const log = await openKafkaLog({ brokers: [address], clock: { nowMs: () => Date.now() } });
    try {
      return await work({ address, pid, log, partitions: PARTITIONS });
    } finally {
      await log.close();
    }
  } finally {
    process.off("exit", onExit);
    await instance.stop(await thisProcess());
    await instance.discard();
    await rm(`${folder}.lock`, { force: true });
  }
}
