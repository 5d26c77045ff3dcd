import { setTimeout as sleep } from "node:timers/promises";
import { APPLICATION } from "../../../src/app/publishing.ts";
import type { Random } from "../../../src/ingest/slice-generator/random.ts";
import { GENERATION } from "../first-generation.ts";
import type { ChaosWorld } from "../world/chaos-world.ts";
import type { Scenario } from "./scenario.ts";

const DOWN_MS = { min: 500, max: 4000 };
const PAUSE_MS = 5000;
const GROUP = `${APPLICATION}-${GENERATION}`;

export const brokerLoss: Scenario = {
  name: "broker-loss",
  says: "the only broker is killed, and comes back with what it has on its disk",
  nodes: 1,
  way: "direct",
  mart: true,
  shortMs: 8_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    for (;;) {
      fault("kill -9 the broker");
      await killed(world, 0, random);
      if (Date.now() + PAUSE_MS >= untilMs) return;
      await sleep(PAUSE_MS);
    }
  },
};

const ROLES = ["group", "transaction", "leader"] as const;

export const coordinatorLoss: Scenario = {
  name: "coordinator-loss",
  says: "of three brokers that is killed which coordinates the group, or transactions, or leads",
  nodes: 3,
  way: "direct",
  shortMs: 10_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    for (let turn = random.below(ROLES.length); ; turn++) {
      const role = ROLES[turn % ROLES.length]!;
      const node = await nodeThat(world, role);
      fault(`kill -9 broker ${node + 1} (${role})`);
      await killed(world, node, random);
      if (Date.now() + PAUSE_MS >= untilMs) return;
      await sleep(PAUSE_MS);
    }
  },
};

async function killed({ brokers }: ChaosWorld, node: number, random: Random): Promise<void> {
  await brokers.kill(node);
  await sleep(random.between(DOWN_MS.min, DOWN_MS.max));
  await brokers.restart();
}

/** Counted from 0. */
async function nodeThat({ cluster }: ChaosWorld, role: (typeof ROLES)[number]): Promise<number> {
  const any = () => cluster.any();
  if (role === "leader") {
    const topic = await cluster.attempt("looking for a leader", any, () =>
      cluster.describe("gdelt.mentions"),
    );
    return topic!.leaders[0]! - 1;
  }
  const [groupId, coordinatorType] = role === "group" ? [GROUP, 0] : [`${GROUP}-0_0`, 1];
  const { coordinator } = await cluster.attempt("looking for a coordinator", any, (broker) =>
    broker.requests.findGroupCoordinator({ groupId, coordinatorType }),
  );
  return coordinator.nodeId - 1;
}
