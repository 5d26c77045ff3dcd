import { setTimeout as sleep } from "node:timers/promises";
import { type ChaosWorld, SESSION_MS } from "../world/chaos-world.ts";
import type { KafkaJudge } from "../world/kafka-proxy.ts";
import type { Replica } from "../world/replica.ts";
import { KIND } from "../world/request-kinds.ts";
import type { Scenario } from "./scenario.ts";

const TAKEN_OVER_MS_MAX = 20_000;
const POLL_MS = 100;
/** For who has taken over: to do what the other has begun. */
const WORK_MS = 2000;
const PAUSE_MS = 2000;

/**
 * Before which request it stops. Before its positions are in the transaction nobody waits for it:
 * only its epoch keeps it from committing afterwards what others have done. Null: at any moment.
 */
const MOMENTS = ["addOffsetsToTxn", "endTxn", null] as const satisfies (keyof typeof KIND | null)[];

export const zombies: Scenario = {
  name: "zombies",
  says: "replicas stand still until others have taken their tasks, and wake up; also amid a commit",
  nodes: 1,
  way: "proxied",
  shortMs: 20_000,
  disturb: async ({ world, random, untilMs, fault }) => {
    for (let turn = 0; ; turn++) {
      const victim = random.pick(world.replicas);
      const tasks = victim.process.tasks;
      const moment = MOMENTS[turn % MOMENTS.length]!;
      const commit = moment === null ? stop(victim) : await stopBefore(moment, world, victim);
      fault(`SIGSTOP ${victim.name}${moment === null ? "" : ` before ${moment}`}`);
      await sleep(SESSION_MS);
      await takenOver(world, victim, tasks);
      await sleep(WORK_MS);
      victim.process.signal("SIGCONT");
      commit.goOn();
      if (turn > 0 && Date.now() + PAUSE_MS >= untilMs) return;
      await sleep(PAUSE_MS);
    }
  },
};

interface HeldCommit {
  /** What it had on its way reaches the brokers. */
  goOn(): void;
}

function stop(victim: Replica): HeldCommit {
  victim.process.signal("SIGSTOP");
  return { goOn: () => {} };
}

/** Its next request of the kind is held up on its way; it stands still from then on. */
async function stopBefore(
  moment: keyof typeof KIND,
  { brokers }: ChaosWorld,
  victim: Replica,
): Promise<HeldCommit> {
  const held = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  let isStopped = false;
  const judge: KafkaJudge = {
    fateOf: ({ kind, clientId }) => {
      if (isStopped || kind !== KIND[moment] || !victim.isClient(clientId)) return "pass";
      isStopped = true;
      victim.process.signal("SIGSTOP");
      stopped.resolve();
      return held.promise;
    },
  };
  for (const proxy of brokers.proxies) proxy.judge = judge;
  await Promise.race([stopped.promise, sleep(TAKEN_OVER_MS_MAX)]);
  for (const proxy of brokers.proxies) proxy.judge = null;
  if (!isStopped)
    throw new Error(`${victim.name} has committed nothing for ${TAKEN_OVER_MS_MAX} ms`);
  return { goOn: () => held.resolve() };
}

/** Until others have all that it had. */
async function takenOver(
  { replicas }: ChaosWorld,
  victim: Replica,
  tasks: readonly string[],
): Promise<void> {
  for (let waitedMs = 0; waitedMs < TAKEN_OVER_MS_MAX; waitedMs += POLL_MS) {
    const others = replicas.filter((replica) => replica !== victim);
    const taken = new Set(others.flatMap(({ process }) => process.tasks));
    if (tasks.every((task) => taken.has(task))) return;
    await sleep(POLL_MS);
  }
  throw new Error(`nobody has taken over the tasks of ${victim.name}: ${tasks.join(", ")}`);
}
