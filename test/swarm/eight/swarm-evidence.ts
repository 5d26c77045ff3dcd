import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { withLake } from "../../../src/app/lake-reader.ts";
import { APPLICATION } from "../../../src/app/publishing.ts";
import { auditLake } from "../../../src/audit/audit.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import type { Evidence, Recovery } from "../../chaos/evidence.ts";
import { GENERATION } from "../../chaos/first-generation.ts";
import { compareSilver } from "../../chaos/gather/compare-silver.ts";
import { dropsIn, partitionsOf } from "../../chaos/gather/gather-evidence.ts";
import { knownTasks, knownTopics } from "../../chaos/gather/known-tasks.ts";
import { recompute } from "../../chaos/gather/recompute.ts";
import { restoreCheckpoints } from "../../chaos/gather/restore-checkpoints.ts";
import { dropsAddUp } from "../../chaos/invariants/drops-add-up.ts";
import type { Invariant } from "../../chaos/invariants/invariant.ts";
import { noDoubles } from "../../chaos/invariants/no-doubles.ts";
import { noLoss } from "../../chaos/invariants/no-loss.ts";
import { noOpenTransactions } from "../../chaos/invariants/no-open-transactions.ts";
import { oneOwner } from "../../chaos/invariants/one-owner.ts";
import { positionsAdvance } from "../../chaos/invariants/positions-advance.ts";
import { recovers } from "../../chaos/invariants/recovers.ts";
import { sameEverywhere } from "../../chaos/invariants/same-everywhere.ts";
import { sameState } from "../../chaos/invariants/same-state.ts";
import { allPublished } from "../../chaos/world/all-published.ts";
import { type GroupCommit, groupCommits } from "../../chaos/world/group-commits.ts";
import { SeenManifests } from "../../chaos/world/seen-manifests.ts";
import { compareWithOracle } from "../../oracle/compare.ts";
import { compareWithPublished } from "../../oracle/published.ts";
import { pythonReaders } from "../../python-readers.ts";
import { allDone } from "../../replicas/all-done.ts";
import { copyObjects } from "../../state/copy-objects.ts";
import { PARTITIONS } from "./lab-stack.ts";
import type { SwarmWorld } from "./swarm-world.ts";

/** Those that need nobody between the replicas and what they write to, and no second run. */
export const SWARM_INVARIANTS: readonly Invariant[] = [
  ...[noLoss, noDoubles, sameState, positionsAdvance, oneOwner],
  ...[dropsAddUp, sameEverywhere, noOpenTransactions, recovers],
];

const RECOVERY_S_MAX = 300;
const POLL_MS = 1000;

/** Waits until all that was published is joined and in all tables. */
export async function quiet(world: SwarmWorld): Promise<Recovery> {
  const beganMs = performance.now();
  const seconds = () => Math.round((performance.now() - beganMs) / 100) / 10;
  const log = await world.log();
  const lake = await world.store("lake");
  const isDone = async () =>
    (await allPublished(log, world.load.names)) &&
    (await allDone(log, lake)) &&
    (await world.mart.isAtEnd(log));
  // Whoever is asked may be away for a moment, too.
  while (!(await isDone().catch(() => false))) {
    if (seconds() > RECOVERY_S_MAX)
      return { runningS: 0, lagZeroS: null, secondsMax: RECOVERY_S_MAX };
    await sleep(POLL_MS);
  }
  return { runningS: 0, lagZeroS: seconds(), secondsMax: RECOVERY_S_MAX };
}

/** All positions of the joins that were ever committed. */
export async function commitsOf(world: SwarmWorld): Promise<GroupCommit[]> {
  const contents = await partitionsOf(world, ["__consumer_offsets"]);
  return groupCommits(contents, `${APPLICATION}-${GENERATION}`);
}

/** Looks at everything there is, while all is quiet: nobody is stopped for it. */
export async function gatherSwarmEvidence(
  world: SwarmWorld,
  recovery: Recovery,
): Promise<Evidence> {
  const scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-swarm-"));
  try {
    return await gather(world, recovery, scratch);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function gather(world: SwarmWorld, recovery: Recovery, scratch: string): Promise<Evidence> {
  const tasks = knownTasks(PARTITIONS);
  const checkpoints = await world.store("checkpoints");
  const topics = await partitionsOf(world, knownTopics());
  const commits = await commitsOf(world);
  const manifests = new SeenManifests();
  for (const { path } of await checkpoints.list("")) {
    const body = path.endsWith(".json") ? await checkpoints.get(path) : null;
    if (body !== null) manifests.put(`/checkpoints/${path}`, Buffer.from(body));
  }
  const out = join(scratch, "copy");
  await copyObjects(await world.store("lake"), new FolderObjectStore(out));
  const silver = await compareSilver(topics, out, scratch);
  const mart = await world.mart.compareWith(out);
  const audit = await withLake(out, (lake) => auditLake(lake, null));
  await withoutProbes(out);
  const slices = world.load.folder;
  const oracle = await compareWithOracle({ slices, out });
  const bronze = await compareWithPublished(slices, out);
  return {
    ...{ tasks, topics, commits, recovery },
    manifests: manifests.all,
    restored: await restoreCheckpoints(checkpoints, tasks, commits),
    recomputed: await recompute(await world.log(), PARTITIONS),
    comparisons: [
      { what: "bronze", equal: bronze.equal, differences: bronze.differences },
      { what: "oracle", equal: oracle.equal, differences: [oracle.message] },
      { what: "topics", equal: silver.differences.length === 0, differences: silver.differences },
      mart,
    ],
    doubled: silver.doubled,
    auditFindings: [...audit.problems, ...audit.open].map(({ message }) => message),
    expectedDrops: dropsIn(oracle.counts),
    deadLetters: silver.rows.dead_letter,
    ...{ samples: [], diskBytes: 0, checkpointObjects: new Map(), loads: [], outputs: [] },
  };
}

async function withoutProbes(out: string): Promise<void> {
  const python = await pythonReaders();
  if (python === null) throw new Error("this needs scripts/python-readers, which failed");
  const script = join(import.meta.dirname, "without_probes.py");
  await promisify(execFile)(python, [script, out]);
}
