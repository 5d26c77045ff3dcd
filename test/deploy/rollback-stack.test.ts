import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DeployedService } from "../../src/deploy/deployed-service.ts";
import { planRollback, rollbackStack } from "../../src/deploy/rollback-stack.ts";
import { type Fate, SimulatedSwarm } from "./simulated-swarm.ts";

interface Given {
  readonly revision: string | null;
  /** null: it has had no update. */
  readonly before?: string | null;
  readonly updatedAt: string;
  readonly layer?: string;
  readonly mode?: object;
}

const spec = (
  name: string,
  { layer, mode = { Replicated: { Replicas: 1 } } }: Given,
  of: string | null,
) => ({
  Name: `s_${name}`,
  Labels: {
    ...(of !== null && { "gdelt.deployed.revision": of }),
    ...(layer !== undefined && { "gdelt.deployed.layer": layer }),
  },
  Mode: mode,
});

const servicesOf = (given: Readonly<Record<string, Given>>): DeployedService[] =>
  Object.entries(given).map(
    ([name, each]) =>
      ({
        ID: name,
        UpdatedAt: each.updatedAt,
        Spec: spec(name, each, each.revision),
        ...(each.before !== undefined && { PreviousSpec: spec(name, each, each.before) }),
      }) as unknown as DeployedService,
  );

describe("what a rollback takes back", () => {
  test("is what the newest deployment has changed, data last and one by one, and no job", () => {
    const back = planRollback(
      servicesOf({
        "kafka-1": { revision: "new", before: "old", updatedAt: "2026-02-01", layer: "data" },
        "kafka-2": { revision: "new", before: "old", updatedAt: "2026-02-02", layer: "data" },
        silver: { revision: "new", before: "older", updatedAt: "2026-02-03" },
        gold: { revision: "new", before: null, updatedAt: "2026-02-03" },
        proxy: { revision: "old", before: "older", updatedAt: "2026-01-01" },
        bucket: {
          revision: "new",
          before: "old",
          updatedAt: "2026-02-04",
          mode: { ReplicatedJob: {} },
        },
      }),
    );
    assert.deepEqual(back, {
      revision: "new",
      waves: [["s_silver", "s_gold"], ["s_kafka-1"], ["s_kafka-2"]],
      begun: [],
    });
  });

  test("is nothing of what has no version before, or one of the same deployment, and says so", () => {
    const back = planRollback(
      servicesOf({
        one: { revision: "new", updatedAt: "2026-02-01" },
        two: { revision: "new", before: "new", updatedAt: "2026-02-01" },
      }),
    );
    assert.deepEqual(back, { revision: "new", waves: [], begun: ["s_one", "s_two"] });
  });

  test("cannot be told where no service says of which deployment it is", () => {
    assert.equal(
      planRollback(servicesOf({ one: { revision: null, updatedAt: "2026-02-01" } })),
      null,
    );
  });
});

async function rollback(waves: readonly string[][], fates: Readonly<Record<string, Fate>> = {}) {
  const swarm = new SimulatedSwarm(waves.flat(), fates);
  let nowMs = 0;
  const wrong = await rollbackStack(
    {
      ...{ swarm, stackName: "s", msMax: 60_000, clock: { nowMs: () => nowMs } },
      wait: async (ms) => {
        nowMs += ms;
      },
    },
    { revision: "new", begun: [], waves: waves.map((wave) => wave.map((name) => `s_${name}`)) },
    () => {},
  );
  return { said: swarm.said, wrong };
}

describe("a rollback", () => {
  test("takes back wave by wave, and what was taken back is well", async () => {
    const { said, wrong } = await rollback([["silver", "gold"], ["kafka-1"]]);
    assert.deepEqual(said, ["rollback silver", "rollback gold", "rollback kafka-1"]);
    assert.deepEqual(wrong, []);
  });

  test("ends where a service cannot be taken back", async () => {
    const { said, wrong } = await rollback([["silver"], ["kafka-1"]], { silver: "taken back" });
    assert.deepEqual(said, ["rollback silver"]);
    assert.deepEqual(wrong, ["s_silver: rollback_paused, as fated", "  s_silver.1: exit code 1"]);
  });
});
