import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { withLake } from "../../../src/app/lake-reader.ts";
import { APPLICATION } from "../../../src/app/publishing.ts";
import { auditLake } from "../../../src/audit/audit.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";
import type { ObjectStore } from "../../../src/state/object-store.ts";
import { compareWithOracle } from "../../oracle/compare.ts";
import { compareWithPublished } from "../../oracle/published.ts";
import { copyObjects } from "../../state/copy-objects.ts";
import type { Comparison, Evidence, Recovery } from "../evidence.ts";
import { GENERATION } from "../first-generation.ts";
import { type ChaosWorld, PARTITIONS } from "../world/chaos-world.ts";
import { groupCommits } from "../world/group-commits.ts";
import { Load } from "../world/load.ts";
import { contentsOf, type PartitionContents } from "../world/partition-contents.ts";
import { compareSilver } from "./compare-silver.ts";
import { knownTasks, knownTopics } from "./known-tasks.ts";
import { recompute } from "./recompute.ts";
import { restoreCheckpoints } from "./restore-checkpoints.ts";

const OFFSETS_TOPIC = "__consumer_offsets";

/** Digests of the tables of former runs, by that of their load: runs of one process are compared. */
const outputsByLoad = new Map<string, string[]>();

/** Looks at everything there is, after the replicas have stopped. */
export async function gatherEvidence(
  world: ChaosWorld,
  load: Load,
  recovery: Recovery,
): Promise<Evidence> {
  const { scratch, checkpoints, manifests, samples } = world;
  const tasks = knownTasks(PARTITIONS);
  const topics = await partitionsOf(world, knownTopics());
  const commits = groupCommits(
    await partitionsOf(world, [OFFSETS_TOPIC]),
    `${APPLICATION}-${GENERATION}`,
  );
  const out = join(scratch, "copy");
  await copyObjects(world.lake, new FolderObjectStore(out));
  const slices = load.folder;
  const oracle = await compareWithOracle({ slices, out });
  const silver = await compareSilver(topics, out, scratch);
  const bronze = await compareWithPublished(slices, out);
  const audit = await withLake(out, (lake) => auditLake(lake, null));
  const digest = await load.digest();
  const again = await Load.write(load.spec, join(scratch, "again"));
  const outputs = [...(outputsByLoad.get(digest) ?? []), JSON.stringify(silver.digests)];
  outputsByLoad.set(digest, outputs);
  const comparisons: Comparison[] = [
    { what: "bronze", equal: bronze.equal, differences: bronze.differences },
    { what: "oracle", equal: oracle.equal, differences: [oracle.message] },
    {
      what: "topics",
      equal: silver.differences.length === 0,
      differences: silver.differences,
    },
    ...(world.mart === null ? [] : [await world.mart.compareWith(out)]),
  ];
  return {
    tasks,
    topics,
    commits,
    manifests: manifests.all,
    restored: await restoreCheckpoints(checkpoints, tasks, commits),
    recomputed: await recompute(world.log, PARTITIONS),
    comparisons,
    doubled: silver.doubled,
    auditFindings: [...audit.problems, ...audit.open].map(({ message }) => message),
    expectedDrops: dropsIn(oracle.counts),
    deadLetters: silver.rows.dead_letter,
    recovery,
    samples,
    diskBytes: await bytesBelow(join(scratch, "state")),
    checkpointObjects: await objectsByTask(checkpoints),
    loads: [digest, await again.digest()],
    outputs,
  };
}

/** All that there is of some topics. */
export async function partitionsOf(
  { cluster }: Pick<ChaosWorld, "cluster">,
  topics: readonly string[],
): Promise<PartitionContents[]> {
  const all: PartitionContents[] = [];
  for (const topic of topics) {
    const described = await cluster.attempt(
      `describing ${topic}`,
      () => cluster.any(),
      () => cluster.describe(topic),
    );
    const partitions = described?.leaders.length ?? 0;
    for (let partition = 0; partition < partitions; partition++) {
      all.push(await contentsOf(cluster, { topic, partition }));
    }
  }
  return all;
}

/** By the names that the tasks' counters have. */
export const dropsIn = (counts: Readonly<Record<string, number>>): Record<string, number> => ({
  "dead-letters": counts["dead_letters"]!,
  "duplicates.events": counts["duplicate_events"]!,
  "duplicates.mentions": counts["duplicate_mentions"]!,
});

async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(({ parentPath, name }) => stat(join(parentPath, name))),
  );
  return sizes.reduce((sum, { size }) => sum + size, 0);
}

async function objectsByTask(checkpoints: ObjectStore): Promise<ReadonlyMap<string, number>> {
  const objects = await checkpoints.list("");
  const byTask = Map.groupBy(objects, ({ path }) => path.split("/")[2]!);
  return new Map([...byTask].map(([task, of]) => [task, of.length]));
}
