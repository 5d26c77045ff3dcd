import assert from "node:assert/strict";
import { test } from "node:test";
import { kafkaCluster } from "../../../scripts/services/kafka.ts";
import { endProcess, thisProcess } from "../../../scripts/services/running-process.ts";
import { Cluster } from "../../../src/sources/kafka/wire/cluster.ts";
import { ownInstance } from "../../services/own-instance.ts";
import { fairly, isShared, TestMember, until } from "../group-members.ts";
import { KafkaGroups } from "./kafka-groups.ts";

const self = await thisProcess();
const skip = !(await kafkaCluster(1).software.isInstalled()) && "Kafka is not installed";

const TASKS = ["0_0", "0_1", "1_0", "1_1"];
const options = { group: "g", assign: fairly(TASKS) };

interface Killable {
  readonly world: KafkaGroups;
  readonly kill: (node: number) => Promise<void>;
  /** Brings all nodes back, on the data they have left. */
  readonly restart: () => Promise<void>;
}

async function killable(nodes: number): Promise<Killable> {
  const cluster = kafkaCluster(nodes);
  const instance = ownInstance(`kafka-groups-${nodes}`);
  let running = await instance.start(cluster, self);
  const brokers = cluster.endpoint(running.ports).split(",");
  return {
    world: new KafkaGroups({ brokers, prefix: "" }),
    kill: (node) => endProcess(running.servers[node]!, "SIGKILL", 10_000),
    restart: async () => {
      running = await instance.restart(cluster);
    },
  };
}

test("the only broker is killed and comes back: who has a session left keeps its tasks", {
  skip,
}, async () => {
  const { world, kill, restart } = await killable(1);
  try {
    const long = await world.process({ sessionTimeoutMs: 300_000 });
    const keeps = new TestMember(long, options);
    await until(world, [keeps], "all", () => isShared([keeps], TASKS));
    const short = await world.process({ sessionTimeoutMs: 1000 });
    const loses = new TestMember(short, options);
    const both = [keeps, loses];
    await until(world, both, "two share", () => isShared(both, TASKS));
    const kept = [...keeps.open];
    await kill(0);
    await until(world, both, "lost", () => loses.history.includes("lost"));
    await restart();
    await until(world, both, "two share", () => isShared(both, TASKS));
    assert.deepEqual([...keeps.open].toSorted(), kept.toSorted());
    assert.ok(!keeps.history.includes("lost"));
    const third = new TestMember(await world.process(), options);
    await until(world, [...both, third], "three share", () => isShared([...both, third], TASKS));
  } finally {
    await world.dispose();
  }
});

/** Which of the nodes looks after the group; they are numbered from 1. */
async function coordinatorOf(world: KafkaGroups): Promise<number> {
  const cluster = new Cluster({
    brokers: world.brokers,
    clientId: "test",
    tls: null,
    sasl: null,
    requestTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    openSocket: null,
    onLog: null,
    patienceMs: 30_000,
  });
  try {
    const { coordinator } = await cluster.attempt(
      "looking for the coordinator",
      () => cluster.any(),
      ({ requests }) =>
        requests.findGroupCoordinator({ groupId: world.name("g"), coordinatorType: 0 }),
    );
    return world.brokers.indexOf(`${coordinator.host}:${coordinator.port}`);
  } finally {
    await cluster.close();
  }
}

test("of three brokers the group's own is killed: another looks after it, nobody loses anything", {
  skip,
}, async () => {
  const { world, kill } = await killable(3);
  try {
    const settings = { sessionTimeoutMs: 120_000 };
    const members = [
      new TestMember(await world.process(settings), options),
      new TestMember(await world.process(settings), options),
    ];
    await until(world, members, "two share", () => isShared(members, TASKS));
    await kill(await coordinatorOf(world));
    const third = new TestMember(await world.process(settings), options);
    const all = [...members, third];
    await until(world, all, "three share", () => isShared(all, TASKS));
    const steps = members.flatMap(({ history }) => history);
    assert.equal(steps.filter((step) => step.startsWith("close")).length, 1, "one task has moved");
    assert.ok(!steps.includes("lost"));
    await members.pop()!.membership.leave();
    all.splice(1, 1);
    await until(world, all, "two share", () => isShared(all, TASKS));
  } finally {
    await world.dispose();
  }
});
