import { setTimeout as sleep } from "node:timers/promises";
import type { RequestFate } from "../world/kafka-proxy.ts";
import { KIND } from "../world/request-kinds.ts";
import type { Scenario } from "./scenario.ts";

const SHARE = 0.08;
const FATES = ["lost", "unanswered", "cut"] as const satisfies readonly RequestFate[];

export const lostCommits: Scenario = {
  name: "lost-commits",
  says: "ends of transactions are lost on their way to the broker, or its answers on their way back",
  nodes: 1,
  way: "proxied",
  shortMs: 12_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    for (const proxy of world.brokers.proxies) {
      proxy.judge = {
        fateOf: ({ kind, clientId }) => {
          if (kind !== KIND.endTxn || !random.chance(SHARE)) return "pass";
          const fate = random.pick(FATES);
          fault(`EndTxn of ${clientId}: ${fate}`);
          return fate;
        },
      };
    }
    await sleep(untilMs - Date.now());
  },
};
