import { setTimeout as sleep } from "node:timers/promises";
import type { Scenario } from "./scenario.ts";

const PAUSE_MS = { min: 1500, max: 5000 };
const DOWN_MS = { min: 0, max: 3000 };
const FEED_SHARE = 0.2;

export const randomKills: Scenario = {
  name: "random-kills",
  says: "replicas, and the producer now and then, are killed at any moment and started again",
  nodes: 1,
  way: "direct",
  settings: ["num.standby.replicas: 1"],
  mart: true,
  shortMs: 12_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    while (Date.now() < untilMs) {
      await sleep(random.between(PAUSE_MS.min, PAUSE_MS.max));
      const victim = random.chance(FEED_SHARE) ? world.feed : random.pick(world.replicas).process;
      fault(`kill -9 ${victim.name}`);
      await victim.kill();
      await sleep(random.between(DOWN_MS.min, DOWN_MS.max));
      victim.start();
    }
  },
};
