import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "../../s3/fault-proxy.ts";
import type { ChaosWorld } from "../world/chaos-world.ts";
import type { Scenario } from "./scenario.ts";

/** In a long run; a short one has a third of its time. */
const AWAY_MS_MAX = 60_000;
const SLOW_MS = { min: 200, max: 1500 };
const REFUSED_SHARE = 0.5;
const UNAVAILABLE = 503;

export const storeTrouble: Scenario = {
  name: "store-trouble",
  says: "the object store is away, then slow, then answers every second request with 503",
  nodes: 1,
  way: "direct",
  shortMs: 15_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    const phaseMs = Math.min(AWAY_MS_MAX, (untilMs - Date.now()) / 3);
    do {
      fault(`the store is away for ${phaseMs / 1000} s`);
      await during(world, phaseMs, () => "lost");
      fault(`the store is slow for ${phaseMs / 1000} s`);
      await during(world, phaseMs, async () => {
        await sleep(random.between(SLOW_MS.min, SLOW_MS.max));
        return null;
      });
      fault(`the store answers 503 for ${phaseMs / 1000} s`);
      await during(world, phaseMs, () => (random.chance(REFUSED_SHARE) ? UNAVAILABLE : null));
    } while (Date.now() < untilMs);
  },
};

async function during(
  world: ChaosWorld,
  ms: number,
  faultOf: () => Fault | Promise<Fault>,
): Promise<void> {
  for (const { store } of world.replicas) world.disturbStore(store, faultOf);
  await sleep(ms);
  world.heal();
}
