import assert from "node:assert/strict";
import { fork } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../../src/record/errors.ts";
import { Cluster } from "../../../src/sources/kafka/wire/cluster.ts";
import { joinGroupRequest } from "../../../src/sources/kafka/wire/join-group-request.ts";
import { nobodyOf } from "../../../src/sources/kafka/wire/offset-commit-request.ts";
import { kafkaTool } from "../../services/kafka-tools.ts";
import { service } from "../../services/service.ts";
import { fairly, isShared, TestMember, until } from "../group-members.ts";
import type { GroupChildOrders } from "./group-child.ts";
import { KafkaGroups } from "./kafka-groups.ts";

const { connection, skip } = await service("kafka");

const TASKS = ["0_0", "0_1", "1_0", "1_1"];
const options = { group: "g", assign: fairly(TASKS) };

function check(behaviour: string, body: (world: KafkaGroups) => Promise<void>): void {
  test(behaviour, { skip }, async () => {
    const world = new KafkaGroups(connection!);
    try {
      await body(world);
    } finally {
      await world.dispose();
    }
  });
}

/** Polls until it throws: that is the error. */
async function failureOf(world: KafkaGroups, member: TestMember): Promise<unknown> {
  for (;;) {
    try {
      member.step();
    } catch (error) {
      return error;
    }
    await world.pass();
  }
}

check("a static member that is back in time has its tasks, and nobody is asked", async (world) => {
  const settings = { sessionTimeoutMs: 60_000 };
  const start = async (groupInstanceId: string) =>
    new TestMember(await world.process({ ...settings, groupInstanceId }), options);
  const members = [await start("one"), await start("two")];
  await until(world, members, "two share", () => isShared(members, TASKS));
  // One of the two is the one that shares out.
  for (const [at, name] of ["one", "two"].entries()) {
    const other = members[1 - at]!;
    const before = { asked: other.asked, open: [...members[at]!.open] };
    await members[at]!.membership.leave();
    members[at] = await start(name);
    await until(world, members, "both again", () => isShared(members, TASKS));
    assert.deepEqual([...members[at]!.open], before.open);
    assert.equal(other.asked, before.asked, "the tasks were not shared out");
  }
});

check("two of one static name: the first is told that it has been replaced", async (world) => {
  const [first, second] = await Promise.all(
    ["a", "b"].map((clientId) => world.process({ clientId, groupInstanceId: "one" })),
  );
  const replaced = new TestMember(first!, options);
  await until(world, [replaced], "all", () => isShared([replaced], TASKS));
  const member = new TestMember(second!, options);
  const failure = await failureOf(world, replaced);
  assert.ok(failure instanceof ConfigError);
  assert.match(failure.message, /groupInstanceId/);
  await until(world, [member], "all", () => isShared([member], TASKS));
});

check("a group of somebody else's is refused", async (world) => {
  const [host, port] = world.brokers[0]!.split(":");
  const cluster = new Cluster({
    brokers: [`${host}:${port}`],
    clientId: "somebody else",
    tls: null,
    sasl: null,
    requestTimeoutMs: 10_000,
    connectTimeoutMs: 10_000,
    openSocket: null,
    onLog: null,
    patienceMs: 10_000,
  });
  try {
    const timeouts = { sessionTimeoutMs: 60_000, rebalanceTimeoutMs: 60_000 };
    const terms = { ...timeouts, protocol: "range", metadata: new Uint8Array() };
    const group = world.name("g");
    let identity = nobodyOf(group);
    for (let isIn = false; !isIn; ) {
      const answer = await cluster.attempt(
        "joining",
        () => cluster.coordinator("group", group),
        (broker) => broker.send(joinGroupRequest(identity, terms)),
      );
      isIn = answer.isIn;
      identity = { ...identity, memberId: answer.memberId };
    }
    const failure = await failureOf(world, new TestMember(await world.process(), options));
    assert.ok(failure instanceof ConfigError);
    assert.match(failure.message, /another id/);
  } finally {
    await cluster.close();
  }
});

check("a session that the broker does not allow is refused", async (world) => {
  const process = await world.process({ sessionTimeoutMs: 24 * 3_600_000 });
  const failure = await failureOf(world, new TestMember(process, options));
  assert.ok(failure instanceof ConfigError);
  assert.match(failure.message, /change sessionTimeoutMs/);
  const heartbeat = { sessionTimeoutMs: 10_000, heartbeatIntervalMs: 6000 };
  await assert.rejects(world.process(heartbeat), ConfigError);
});

check("a process that hangs leaves its tasks to others, and comes back", async (world) => {
  const hangs = new TestMember(await world.process({ maxPollIntervalMs: 500 }), options);
  const other = new TestMember(await world.process(), options);
  const both = [hangs, other];
  await until(world, both, "two share", () => isShared(both, TASKS));
  await until(world, [other], "all", () => isShared([other], TASKS));
  await until(world, [hangs], "lost", () => hangs.history.includes("lost"));
  await until(world, both, "two share", () => isShared(both, TASKS));
});

check("Kafka's own tool shows the group and its members", async (world) => {
  const clients = ["first-client", "second-client"];
  const members: TestMember[] = [];
  for (const clientId of clients) {
    members.push(new TestMember(await world.process({ clientId }), options));
  }
  await until(world, members, "two share", () => isShared(members, TASKS));
  const at = ["--bootstrap-server", world.brokers[0]!, "--group", world.name("g"), "--describe"];
  const tool = "consumer.group.ConsumerGroupCommand";
  const listed = await kafkaTool(tool, [...at, "--members", "--verbose"]);
  for (const client of clients) assert.match(listed, new RegExp(`\\b${client}\\b`));
  const state = await kafkaTool(tool, [...at, "--state"]);
  assert.match(state, /gdelt-streams-1\s+Stable\s+2\b/);
});

check("a process that stood still for longer than the session finds out", async (world) => {
  const child = fork(path.join(import.meta.dirname, "group-child.ts"), [
    JSON.stringify({
      group: world.name("g"),
      tasks: TASKS,
      options: { brokers: world.brokers, heartbeatIntervalMs: 50, sessionTimeoutMs: 2000 },
    } satisfies GroupChildOrders),
  ]);
  const told: string[] = [];
  child.on("message", (step) => told.push(String(step)));
  try {
    const member = new TestMember(await world.process(), options);
    const isShared = () => member.open.size === 2 && told.some((step) => step.startsWith("open"));
    await until(world, [member], "two share", isShared);
    child.kill("SIGSTOP");
    await until(world, [member], "all", () => member.open.size === TASKS.length);
    const before = told.length;
    child.kill("SIGCONT");
    await until(world, [member], "two share", () => member.open.size === 2);
    await until(world, [member], "open there", () => told.slice(before).length > 2);
    const [first, ...after] = told.slice(before);
    assert.equal(first, "lost");
    assert.ok(after.every((step) => step.startsWith("open")));
  } finally {
    child.kill("SIGKILL");
  }
});
