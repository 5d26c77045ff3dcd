import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { applyStack } from "../../src/deploy/apply-stack.ts";
import { partOfStack } from "../../src/deploy/part-of-stack.ts";
import { JOBS_RUN, type PlannedStep } from "../../src/deploy/plan.ts";
import { readStack } from "../../src/deploy/read-stack.ts";
import { projectStack } from "./project-stack.ts";
import { type Fate, SimulatedSwarm } from "./simulated-swarm.ts";

const { stack } = projectStack();
const UNUSED = "remove s_of_nobody";

const steps = (actions: Readonly<Record<string, PlannedStep["action"]>>): PlannedStep[] =>
  Object.entries(actions).map(([service, action]) => ({
    service,
    action,
    reasons: action === "job" ? [JOBS_RUN] : ["why"],
  }));

/** Applies, while the time passes as it is waited for. */
async function apply(
  actions: Readonly<Record<string, PlannedStep["action"]>>,
  fates: Readonly<Record<string, Fate>> = {},
) {
  const there = Object.keys(actions).filter((name) => actions[name] !== "start");
  const swarm = new SimulatedSwarm(there, fates);
  let nowMs = 0;
  const told: string[] = [];
  const wrong = await applyStack(
    {
      ...{ stack, stackName: "s", swarm, fileOf: (file) => file, revision: "abc" },
      tell: (line) => void told.push(line),
      clock: { nowMs: () => nowMs },
      wait: async (ms) => {
        nowMs += ms;
      },
      waveMsMax: 60_000,
    },
    steps(actions),
  );
  return {
    // That configs of nobody are removed at the end is looked at once.
    said: swarm.said.filter((what) => what !== UNUSED),
    isTidied: swarm.said.at(-1) === UNUSED,
    ...{ wrong, nowMs, told },
  };
}

describe("a deployment", () => {
  test("begins what holds data together, then jobs, then the rest", async () => {
    const { said, wrong } = await apply({
      ...{ "kafka-1": "start", "kafka-2": "start", postgres: "start" },
      ...{ bucket: "job", silver: "start", gold: "start" },
    });
    assert.deepEqual(said, ["kafka-1 kafka-2 postgres", "bucket", "silver gold"]);
    assert.deepEqual(wrong, []);
  });

  test("restarts what holds data one by one, and touches nothing that stays", async () => {
    const { said, wrong } = await apply({
      ...{ "kafka-1": "restart", "kafka-2": "restart", "kafka-3": "keep", postgres: "change" },
      ...{ silver: "restart", grafana: "change", prometheus: "keep" },
    });
    assert.deepEqual(said, ["kafka-1", "kafka-2", "postgres", "silver grafana"]);
    assert.deepEqual(wrong, []);
  });

  test("does nothing at all where nothing has changed: jobs do not run either", async () => {
    const { said, wrong } = await apply({ "kafka-1": "keep", bucket: "job", silver: "keep" });
    assert.deepEqual([said, wrong], [[], []]);
  });

  test("checks at the end whether it works, one check after the other, and tells what they say", async () => {
    const { said, wrong, told } = await apply({
      ...{ bucket: "job", silver: "restart", ready: "job", probe: "job" },
    });
    assert.deepEqual(said, ["bucket", "silver", "ready", "probe"]);
    assert.deepEqual(wrong, []);
    assert.deepEqual(
      told.filter((line) => line.startsWith(" ")),
      ["  s_ready says so", "  s_probe says so"],
    );
  });

  test("ends when a job of it has failed as often as it may, without waiting on, and says what it said", async () => {
    const { said, wrong, nowMs } = await apply(
      { silver: "restart", ready: "job", probe: "job" },
      { ready: "fails" },
    );
    assert.deepEqual(said, ["silver", "ready"]);
    assert.deepEqual(wrong, [
      "s_ready: has failed as often as it may",
      "  s_ready.1: exit code 1",
      "  s_ready says so",
    ]);
    assert.ok(nowMs < 60_000);
  });

  test("removes what is gone, at the end", async () => {
    const { said, isTidied } = await apply({ silver: "restart", old: "remove" });
    assert.deepEqual(said, ["silver", "remove s_old"]);
    assert.ok(isTidied, "and what nobody mounts any more");
  });

  test("removes no config where something has gone wrong", async () => {
    const { isTidied } = await apply({ silver: "restart" }, { silver: "taken back" });
    assert.equal(isTidied, false);
  });

  test("ends when an update is taken back, and says so; one of long ago does not count", async () => {
    const { said, wrong } = await apply(
      { "kafka-1": "restart", "kafka-2": "restart", silver: "restart" },
      { "kafka-2": "taken back" },
    );
    assert.deepEqual(said, ["kafka-1", "kafka-2"]);
    assert.deepEqual(wrong, [
      "s_kafka-2: rollback_completed, as fated",
      "  s_kafka-2.1: exit code 1",
    ]);
  });

  test("ends when something does not come up in time", async () => {
    const { said, wrong, nowMs } = await apply(
      { "kafka-1": "start", "kafka-2": "start", silver: "start" },
      { "kafka-1": "never runs" },
    );
    assert.deepEqual(said, ["kafka-1 kafka-2"]);
    assert.deepEqual(wrong, ["s_kafka-1 does not run after 60 s", "  s_kafka-1.1: exit code 1"]);
    assert.equal(nowMs, 60_000);
  });

  test("does not wait for an update that the swarm need not make, but for half a minute", async () => {
    const { wrong, nowMs } = await apply({ silver: "restart" }, { silver: "not replaced" });
    assert.deepEqual(wrong, []);
    assert.equal(nowMs, 30_000);
  });
});

test("a part of a stack is a stack: what it says of its services is the same", () => {
  const services = ["mart-logins", "silver"];
  const fileOf = (file: string) => `/abs/${file}`;
  const text = partOfStack({ stack, services, revision: null, fileOf });
  const read = readStack({ text, variables: {}, contentOf: () => Buffer.of() }).stack;
  assert.deepEqual(Object.keys(read.services), ["mart-logins", "silver"]);
  assert.deepEqual(read.services["silver"], stack.services["silver"]);
  // It has a dollar in its command, which is no variable.
  const { command, entrypoint } = read.services["mart-logins"]!;
  assert.deepEqual(
    { command, entrypoint },
    { command: undefined, entrypoint: stack.services["mart-logins"]!.entrypoint },
  );
  assert.equal(read.configs["mart-logins"]?.name, stack.configs["mart-logins"]?.name);
  assert.equal(read.configs["mart-logins"]?.file, "/abs/./config/mart-logins.sql");
  // What none of them mounts is not made.
  assert.deepEqual(Object.keys(read.configs).toSorted(), ["gdelt-streams", "mart-logins"]);
  assert.equal("proxy_users" in read.secrets, false);
});

test("what is deployed says on its services of which commit it is, and on no container", () => {
  const text = partOfStack({
    stack,
    services: ["kafka-1"],
    revision: "abc",
    fileOf: (file) => file,
  });
  const { deploy, labels } = (JSON.parse(text) as typeof stack).services["kafka-1"]!;
  assert.deepEqual(deploy?.labels, {
    "gdelt.deployed.revision": "abc",
    "gdelt.deployed.layer": "data",
  });
  assert.equal(labels, undefined);
});
