import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import { hasFailed, stackStatus } from "../../src/deploy/stack-status.ts";
import { parseReplicas, type RunningTasks, type Swarm } from "../../src/deploy/swarm.ts";

type Service = readonly [tasks: RunningTasks, state?: string];

/** A swarm with these services in a stack `s`, each with one error to tell. */
const swarmOf = (services: Readonly<Record<string, Service>>): Swarm => ({
  services: async () =>
    Object.entries(services).map(([name, [, State]]) => {
      const Spec = { Name: `s_${name}` };
      return { Spec, ...(State && { UpdateStatus: { State } }) } as unknown as DeployedService;
    }),
  nodes: async () => [],
  tasks: async () => [],
  logs: async () => [],
  contents: async () => ({ configs: [], secrets: [] }),
  networkNames: async () => new Map(),
  running: async () =>
    new Map(Object.entries(services).map(([name, [tasks]]) => [`s_${name}`, tasks])),
  taskErrors: async (name) => [`${name}: no such image`],
});

const FULL = { running: 2, wanted: 2 };

describe("the status of a stack", () => {
  test("is well when all that is wanted runs", async () => {
    const { text, isWell } = await stackStatus(swarmOf({ b: [FULL, "completed"], a: [FULL] }), "s");
    assert.equal(isWell, true);
    assert.equal(text, "ok   2/2    s_a\nok   2/2    s_b  update: completed\n");
  });

  test("is not when tasks are missing, and tells their errors", async () => {
    const { text, isWell } = await stackStatus(swarmOf({ a: [{ running: 1, wanted: 2 }] }), "s");
    assert.equal(isWell, false);
    assert.equal(text, "FAIL 1/2    s_a\n            s_a: no such image\n");
  });

  test("is not when all runs again after an update was taken back", async () => {
    const { text, isWell } = await stackStatus(swarmOf({ a: [FULL, "rollback_completed"] }), "s");
    assert.equal(isWell, false);
    assert.match(text, /^FAIL 2\/2 {4}s_a {2}update: rollback_completed\n/);
  });

  test("is not when there is no such stack", async () => {
    const { text, isWell } = await stackStatus(swarmOf({}), "s");
    assert.deepEqual([text, isWell], ["there is no stack s\n", false]);
  });
});

test("an update has failed when it is taken back or given up, and not while it goes on", () => {
  const states = ["rollback_started", "rollback_paused", "rollback_completed", "paused"];
  assert.ok(states.every((State) => hasFailed({ State })));
  assert.ok(!["updating", "completed"].some((State) => hasFailed({ State })));
  assert.equal(hasFailed(undefined), false);
});

test("numbers of tasks are read as Docker writes them", () => {
  assert.deepEqual(parseReplicas("3/6"), { running: 3, wanted: 6 });
  assert.deepEqual(parseReplicas("6/6 (max 1 per node)"), { running: 6, wanted: 6 });
  assert.deepEqual(parseReplicas("0/1 (1/1 completed)"), { running: 1, wanted: 1 });
  assert.equal(parseReplicas("?"), null);
});
