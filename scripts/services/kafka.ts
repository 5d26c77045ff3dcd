import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { brokersSeenAt } from "./kafka-metadata.ts";
import { kafkaProgram, kafkaSoftware } from "./kafka-software.ts";
import type { Place, ServerCommand, Service } from "./service.ts";

const HEAP_MB = 512;
const FORMAT_HEAP_MB = 128;
const CLUSTER_ID = "Z2RlbHQtc3RyZWFtcy10ZQ";

/**
 * Apache Kafka without ZooKeeper, each node broker and controller in one. Topics are not made by
 * themselves, and nothing expires: the records of tests have times of 2015.
 */
export const kafkaCluster = (nodes: number): Service => cluster(nodes, false);

/**
 * One whose nodes can be reached through proxies too, which are the tests' own: a node names to
 * those who come that way the port of its proxy, as its own. A restart is of the same kind.
 */
export const proxiedKafkaCluster = (nodes: number): Service => cluster(nodes, true);

/** For each node of a proxied cluster: where its proxy has to listen, and what it leads to. */
export const proxyRoutes = (
  nodes: number,
  ports: readonly number[],
): { readonly listen: number; readonly target: number }[] =>
  Array.from({ length: nodes }, (_, at) => ({
    listen: ports[3 * nodes + at]!,
    target: ports[2 * nodes + at]!,
  }));

const cluster = (nodes: number, proxied: boolean): Service => ({
  software: kafkaSoftware,
  // A node's controller listens on a port of its own; they come after all those for clients.
  portCount: (proxied ? 4 : 2) * nodes,
  startMsMax: 180_000,
  stopSignal: "SIGTERM",
  prepare: (place) => prepare(nodes, place),
  isReady: async (ports) => {
    const seen = await Promise.all(ports.slice(0, nodes).map(brokersSeenAt));
    return seen.every((count) => count === nodes);
  },
  endpoint: (ports) => addresses(ports.slice(0, nodes)).join(","),
});

const addresses = (ports: readonly number[]) => ports.map((port) => `127.0.0.1:${port}`);

async function prepare(nodes: number, place: Place): Promise<ServerCommand[]> {
  const ids = Array.from({ length: nodes }, (_, index) => index + 1);
  return Promise.all(ids.map((id) => prepareNode(id, nodes, place)));
}

async function prepareNode(id: number, nodes: number, place: Place): Promise<ServerCommand> {
  const folder = path.join(place.data, `node-${id}`);
  await mkdir(folder, { recursive: true });
  const properties = path.join(folder, "server.properties");
  const settings = Object.entries(settingsOf(id, nodes, place, folder));
  await writeFile(properties, settings.map(([name, value]) => `${name}=${value}\n`).join(""));
  const format = ["format", "--ignore-formatted", "-t", CLUSTER_ID, "-c", properties];
  await promisify(execFile)(
    "java",
    kafkaProgram(FORMAT_HEAP_MB, "kafka.tools.StorageTool", ...format),
  );
  return { file: "java", args: kafkaProgram(HEAP_MB, "kafka.Kafka", properties) };
}

function settingsOf(
  id: number,
  nodes: number,
  { ports, fsync }: Place,
  folder: string,
): Readonly<Record<string, string | number | boolean>> {
  const client = addresses(ports)[id - 1];
  const controllers = addresses(ports).slice(nodes, 2 * nodes);
  const route = ports.length > 2 * nodes ? proxyRoutes(nodes, ports)[id - 1]! : null;
  const inSync = Math.min(nodes, 2);
  return {
    "process.roles": "broker,controller",
    "node.id": id,
    "controller.quorum.voters": controllers.map((at, index) => `${index + 1}@${at}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,PROXIED:PLAINTEXT",
    listeners: [
      `PLAINTEXT://${client}`,
      `CONTROLLER://${controllers[id - 1]}`,
      ...(route === null ? [] : [`PROXIED://127.0.0.1:${route.target}`]),
    ].join(","),
    ...(route !== null && {
      "advertised.listeners": `PLAINTEXT://${client},PROXIED://127.0.0.1:${route.listen}`,
    }),
    "log.dirs": path.join(folder, "log"),
    "auto.create.topics.enable": false,
    "default.replication.factor": nodes,
    "min.insync.replicas": inSync,
    "offsets.topic.num.partitions": 5,
    "offsets.topic.replication.factor": nodes,
    "transaction.state.log.num.partitions": 5,
    "transaction.state.log.replication.factor": nodes,
    "transaction.state.log.min.isr": inSync,
    "log.retention.ms": -1,
    // Consumers start at once, those that died are missed soon, and so are transactions.
    "group.initial.rebalance.delay.ms": 0,
    "group.min.session.timeout.ms": 1_000,
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": 500,
    // A quarter of the heap otherwise.
    "log.cleaner.dedupe.buffer.size": 16 << 20,
    ...(fsync && { "log.flush.interval.messages": 1 }),
  };
}
