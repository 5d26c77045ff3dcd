import { setTimeout as sleep } from "node:timers/promises";
import type { ChaosWorld } from "../world/chaos-world.ts";
import type { Replica } from "../world/replica.ts";
import { KIND } from "../world/request-kinds.ts";
import type { Scenario } from "./scenario.ts";

/** A request that shows how far a process has got; by it a moment in its code is named. */
type FailPoint =
  | { readonly name: string; readonly method: string; readonly path: RegExp }
  | { readonly name: string; readonly kind: number };

/** The program is killed `before` the request is done, or `after` it, not knowing how it went. */
type Side = "before" | "after";

const request = (name: keyof typeof KIND): FailPoint => ({ name, kind: KIND[name] });

/** In the order of `Task.commit`, then those of a table, then of taking a task over. */
const FAIL_POINTS: readonly FailPoint[] = [
  { name: "block stored", method: "PUT", path: /\/checkpoints\/.*\/blocks\// },
  { name: "manifest stored", method: "PUT", path: /\/checkpoints\/.*\/manifests\// },
  request("addPartitionsToTxn"),
  request("produce"),
  request("addOffsetsToTxn"),
  request("txnOffsetCommit"),
  request("endTxn"),
  { name: "old block deleted", method: "DELETE", path: /\/checkpoints\/.*\/blocks\// },
  { name: "data file stored", method: "PUT", path: /\/lake\/.*\.parquet/ },
  { name: "table committed", method: "PUT", path: /\/lake\/.*\/_delta_log\/\d+\.json/ },
  request("joinGroup"),
  request("syncGroup"),
  request("initProducerId"),
  request("offsetFetch"),
];

const HIT_MS_MAX = 30_000;

export const failPoints: Scenario = {
  name: "fail-points",
  says: "at each point of a commit and of a takeover the replica that gets there is killed",
  nodes: 1,
  way: "proxied",
  settings: ["num.standby.replicas: 1"],
  shortMs: 20_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    let roundMs = 0;
    do {
      const beganMs = Date.now();
      for (const point of FAIL_POINTS) {
        const side = random.pick(["before", "after"] as const);
        const victim = await hit(world, point, side);
        fault(`kill -9 ${victim.name} ${side} ${point.name}`);
        await victim.process.kill();
        victim.process.start();
      }
      roundMs = Date.now() - beganMs;
    } while (Date.now() + roundMs < untilMs);
  },
};

/** Who gets there first; it is dead when this returns. */
async function hit(world: ChaosWorld, point: FailPoint, side: Side): Promise<Replica> {
  const reached = Promise.withResolvers<Replica>();
  let isReached = false;
  const kill = (victim: Replica) => {
    victim.process.signal("SIGKILL");
    reached.resolve(victim);
  };
  const fate = side === "before" ? "lost" : "unanswered";
  const take = (victim: Replica) => {
    isReached = true;
    if (side === "before") kill(victim);
    return fate;
  };
  if ("kind" in point) {
    const victimOf = (clientId: string) => world.replicas.find((one) => one.isClient(clientId));
    for (const proxy of world.brokers.proxies) {
      proxy.judge = {
        fateOf: ({ kind, clientId }) => {
          const victim = victimOf(clientId);
          if (isReached || kind !== point.kind || victim === undefined) return "pass";
          return take(victim);
        },
        answered: ({ clientId }) => kill(victimOf(clientId)!),
      };
    }
  } else {
    for (const replica of world.replicas) {
      replica.store.spoiled = () => kill(replica);
      world.disturbStore(replica.store, (method, path) => {
        if (isReached || method !== point.method || !point.path.test(path)) return null;
        return take(replica);
      });
    }
  }
  const timeout = sleep(HIT_MS_MAX, null, { ref: false });
  const victim = await Promise.race([reached.promise, timeout]);
  world.heal();
  if (victim === null) throw new Error(`nobody has come to "${point.name}" in ${HIT_MS_MAX} ms`);
  return victim;
}
