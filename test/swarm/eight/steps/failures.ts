import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { succeeds, until } from "../../lab-node.ts";
import { quiet } from "../swarm-evidence.ts";
import type { SwarmWorld } from "../swarm-world.ts";
import { type Step, whileSlicesCome } from "./step.ts";

const PACE_MS = 2000;
const SLICES_WITHOUT = 5;
const NOTICED_MS_MAX = 120_000;
const AWAY_MS = 20_000;
const MONITORING = 8;

const stateOf = (world: SwarmWorld, node: number): Promise<string> =>
  world.docker("node", "inspect", "--format", "{{.Status.State}}", `node-${node}`);

const isDown = (world: SwarmWorld, node: number) =>
  until(
    `node-${node} is missed`,
    NOTICED_MS_MAX,
    async () => (await stateOf(world, node)) === "down",
  );

const isReady = (world: SwarmWorld, node: number) =>
  until(
    `node-${node} is back`,
    NOTICED_MS_MAX,
    async () => (await stateOf(world, node)) === "ready",
  );

export const crashes: Step = {
  name: "worker-crash",
  says: "a worker with a replica and a broker loses power; five replicas go on, and it comes back",
  run: async ({ world, note }) => {
    const node = 3;
    const startMs = performance.now();
    await whileSlicesCome(world, PACE_MS, async () => {
      world.lab.node(node).crash();
      await isDown(world, node);
      note("missedS", Math.round((performance.now() - startMs) / 1000));
      assert.equal((await world.running("silver")).filter((each) => each.node !== node).length, 5);
      await sleep(AWAY_MS);
      await world.lab.node(node).start();
      await isReady(world, node);
    });
    await world.replicasRun(6);
    note("backS", Math.round((performance.now() - startMs) / 1000));
  },
};

/** With one replica fewer than workers there is a place for the successor of one that is cut off. */
export const cutsOff: Step = {
  name: "zombie",
  says: "a worker is cut off; its replica runs on while another of its name works elsewhere; healed, it is shut out",
  run: async ({ world, note }) => {
    await world.docker("service", "scale", "--detach", "gdelt_silver=5");
    await until(
      "five replicas run",
      NOTICED_MS_MAX,
      async () => (await world.running("silver")).length === 5,
    );
    const replicas = await world.running("silver");
    // Where there is no broker, and no Postgres.
    const victim = replicas.find(({ node }) => [5, 7].includes(node)) ?? replicas[0]!;
    const node = world.lab.node(victim.node);
    const containers = () => node.docker("ps", "--quiet", "--filter", "name=gdelt_silver");
    const zombie = await containers();
    await whileSlicesCome(world, PACE_MS, async () => {
      await node.cut();
      await isDown(world, victim.node);
      await until("its name runs elsewhere", NOTICED_MS_MAX, async () =>
        (await world.running("silver")).some(
          (each) => each.name === victim.name && each.node !== victim.node,
        ),
      );
      assert.equal(await containers(), zombie, "it runs on where it was cut off");
      await sleep(AWAY_MS);
      await node.heal();
      await until(
        "the zombie is stopped",
        NOTICED_MS_MAX,
        async () => !(await containers()).includes(zombie),
      );
    });
    note("zombie", `${victim.name} on node-${victim.node}`);
    await world.docker("service", "scale", "--detach", "gdelt_silver=6");
    await world.replicasRun(6);
  },
};

export const losesMonitoring: Step = {
  name: "monitoring",
  says: "the monitoring node loses power: nothing of the pipeline is restarted, slices get through",
  run: async ({ world, note }) => {
    const ofPipeline = async () =>
      (await world.running()).filter(({ node }) => node !== MONITORING);
    const before = await ofPipeline();
    world.lab.node(MONITORING).crash();
    await isDown(world, MONITORING);
    await world.load.publish(SLICES_WITHOUT, PACE_MS);
    note("slicesWithout", SLICES_WITHOUT);
    assert.notEqual((await quiet(world)).lagZeroS, null, "slices get through");
    assert.deepEqual(await ofPipeline(), before);
    await world.lab.node(MONITORING).start();
    await isReady(world, MONITORING);
  },
};

export const losesManager: Step = {
  name: "manager",
  says: "the manager loses power and comes back: tasks on workers run on, untouched",
  run: async ({ world, note }) => {
    const onWorkers = async () => (await world.running()).filter(({ node }) => node > 1);
    const before = await onWorkers();
    const { manager } = world.lab;
    manager.crash();
    await world.load.publish(SLICES_WITHOUT, PACE_MS);
    const { lagZeroS } = await quiet(world);
    assert.ok(lagZeroS !== null, "slices get through");
    note("quietWithoutManagerS", lagZeroS);
    await manager.start();
    await until("the swarm has a leader", NOTICED_MS_MAX, () =>
      succeeds(world.docker("node", "ls")),
    );
    await until("its nodes are back", NOTICED_MS_MAX, async () => {
      const states = await world.docker("node", "ls", "--format", "{{.Status}}");
      return states.split("\n").every((state) => state === "Ready");
    });
    assert.deepEqual(await onWorkers(), before);
  },
};
