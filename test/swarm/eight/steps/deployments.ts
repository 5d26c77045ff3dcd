import assert from "node:assert/strict";
import { appendFileSync } from "node:fs";
import path from "node:path";
import { knownTasks } from "../../../chaos/gather/known-tasks.ts";
import { PARTITIONS } from "../lab-stack.ts";
import { commitsOf } from "../swarm-evidence.ts";
import type { RunningTask, SwarmWorld } from "../swarm-world.ts";
import { type Step, whileSlicesCome } from "./step.ts";

const FIRST_SLICES = 4;
const PACE_MS = 2000;
const PAUSE_S_MAX = 10;

const containersOf = (tasks: readonly RunningTask[]): Record<string, string> =>
  Object.fromEntries(tasks.map(({ name, container }) => [name, container]));

/** The whole stack on a swarm that has nothing. Where it is there already it is applied as it is. */
export const deploys: Step = {
  name: "deploy",
  says: "the whole stack runs, six replicas on six workers, and a probe gets through",
  run: async ({ world, note }) => {
    await world.load.publish(FIRST_SLICES, 0);
    const isThere = (await world.running("silver")).length > 0;
    const { code, stdout, stderr, seconds } = await world.deploy("apply");
    assert.equal(code, 0, stdout + stderr);
    note("deployS", seconds);
    const replicas = await world.running("silver");
    assert.deepEqual(replicas.map(({ node }) => node).toSorted(), [2, 3, 4, 5, 6, 7]);
    if (isThere) return note("isThere", "it was deployed before");
    const [inSilver, inMart] = [...stdout.matchAll(/complete in .* after ([\d.]+) s/g)];
    assert.ok(inSilver && inMart, stdout);
    note("probeSilverS", Number(inSilver[1]));
    note("probeMartS", Number(inMart[1]));
    assert.match(stdout, /6 of silver are ready/);
    assert.match(stdout, /^inspector: https:\/\/10\.86\.0\.1\/$/m);
  },
};

export const changesNothing: Step = {
  name: "again",
  says: "a second apply restarts nothing; another config restarts who mounts it; the doctor finds nothing",
  run: async ({ world, note }) => {
    const before = containersOf(await world.running());
    const again = await world.deploy("apply");
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stdout, /^deploys/m);
    assert.deepEqual(containersOf(await world.running()), before);
    note("unchangedS", again.seconds);
    const file = path.join(world.folder, "stack/deploy/alertmanager/alertmanager.yml");
    const { code, stdout, stderr, seconds } = await world.deploy("apply", {
      change: () => appendFileSync(file, "# changed\n"),
    });
    assert.equal(code, 0, stdout + stderr);
    note("oneConfigS", seconds);
    const after = containersOf(await world.running());
    const restarted = Object.keys(before).filter((name) => before[name] !== after[name]);
    assert.deepEqual(restarted, ["gdelt_alertmanager.1"]);
    const doctor = await world.deploy("doctor");
    note("doctor", doctor.stdout.trim().replaceAll("\n", "; "));
    // Tasks may have failed before this, in another step.
    const found = doctor.stdout.split("\n").filter((line) => line.startsWith("FAIL"));
    assert.deepEqual(
      found.filter((line) => !line.startsWith("FAIL starts")),
      [],
      doctor.stderr,
    );
  },
};

export const updates: Step = {
  name: "update",
  says: "a new version replaces the replicas one after the other; state is kept, no partition stands still for long",
  run: async ({ world, note }) => {
    const fromMs = Date.now();
    const before = containersOf(await world.running("silver"));
    const { code, stdout, stderr, seconds } = await whileSlicesCome(world, PACE_MS, () =>
      world.deploy("apply", { version: "2" }),
    );
    assert.equal(code, 0, stdout + stderr);
    note("updateS", seconds);
    const after = containersOf(await world.running("silver"));
    const same = Object.keys(after).filter((name) => after[name] === before[name]);
    assert.deepEqual([Object.keys(after).length, same], [6, []]);
    const pauses = await pausesSince(world, fromMs);
    note("pauseMaxS", Math.max(...pauses));
    note("pauseMedianS", pauses.toSorted((a, b) => a - b)[pauses.length >> 1]!);
    assert.ok(Math.max(...pauses) < PAUSE_S_MAX, `a partition stood still: ${pauses.join(" ")} s`);
  },
};

/** Of each task of the joins: the longest time between two commits, seconds. Each close is one. */
async function pausesSince(world: SwarmWorld, fromMs: number): Promise<number[]> {
  const commits = await commitsOf(world);
  return knownTasks(PARTITIONS).map(({ inputs }) => {
    const times = commits
      .filter(
        ({ outcome, positions, timeMs }) =>
          outcome === "committed" && timeMs >= fromMs && positions.has(inputs[0]!),
      )
      .map(({ timeMs }) => timeMs)
      .toSorted((a, b) => a - b);
    const gaps = times.slice(1).map((timeMs, i) => timeMs - times[i]!);
    return Math.round(Math.max(0, ...gaps) / 100) / 10;
  });
}

export const takesBack: Step = {
  name: "bad-version",
  says: "a version that does not come up is taken back by the swarm, and apply ends with an error",
  run: async ({ world, note }) => {
    const { code, stderr, seconds } = await whileSlicesCome(world, PACE_MS, () =>
      world.deploy("apply", { version: "broken" }),
    );
    assert.equal(code, 1);
    assert.match(stderr, /^gdelt_(silver|feed): rollback_/m);
    note("takenBackS", seconds);
    await world.settled();
    const images = await world.docker(
      "service",
      "inspect",
      "--format",
      "{{.Spec.TaskTemplate.ContainerSpec.Image}}",
      "gdelt_silver",
      "gdelt_feed",
    );
    assert.doesNotMatch(images, /broken/);
    await world.replicasRun(6);
  },
};

export const scales: Step = {
  name: "scale",
  says: "from six replicas to three and back, while slices come",
  run: async ({ world, note }) => {
    for (const replicas of [3, 6]) {
      const { code, stdout, stderr, seconds } = await whileSlicesCome(world, PACE_MS, () =>
        world.deploy("apply", { replicas }),
      );
      assert.equal(code, 0, stdout + stderr);
      assert.equal((await world.running("silver")).length, replicas);
      note(`to${replicas}S`, seconds);
    }
  },
};
