import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Spill } from "../state/slab.ts";
import type { Topology } from "../topology/topology.ts";
import { beginGeneration } from "./begin-generation.ts";
import { currentGeneration, type Generation, recordGeneration } from "./generation.ts";
import { GenerationLog } from "./generation-log.ts";
import type { Log } from "./ports.ts";
import { mustFit, type Savepoint } from "./savepoint.ts";
import { mustBeSplittable, splitSavepoint } from "./split-savepoint.ts";
import { mustStandStill, type StandingApplication, shutOut } from "./standing-application.ts";

export interface Rescale {
  readonly partitions: number;
  /** Where the savepoint lies. */
  readonly from: ObjectStore;
  /** Where state goes that has left memory meanwhile. */
  readonly openSpill: (name: string) => Spill;
  /**
   * Lets the producer go over to the new number: what it publishes next lies in so many partitions.
   * Nothing may have been published since the savepoint. Called again, it does nothing. It gets the
   * log as the generation that ends sees it.
   */
  readonly switchProducer: (log: Log) => Promise<void>;
}

/**
 * Begins the next generation on another number of partitions, with the state of a savepoint shared
 * out anew. Topics keep what is in them where it is: positions are behind it, and only what comes
 * from now on lies where the new number puts it. More partitions are added where there are too few;
 * of those that are too many the last are no longer used.
 *
 * The producer is switched before the generation begins. Interrupted in between, the old one does
 * not start any more, and the same rescale, done again, goes on from the savepoint.
 */
export async function rescale(
  app: StandingApplication,
  savepoint: Savepoint,
  { partitions, from, openSpill, switchProducer }: Rescale,
): Promise<Generation> {
  const { applicationId, checkpoints, log, topology } = app;
  const current = await currentGeneration(checkpoints, applicationId);
  await mustStandStill(app, current);
  mustFit(app, savepoint);
  mustBeSplittable(app);
  if (savepoint.generation !== current.generation) {
    throw new ConfigError(
      `savepoint "${savepoint.name}" is of generation ${savepoint.generation}, and ` +
        `${applicationId} is at ${current.generation}: take a new one`,
    );
  }
  await pinPartitions(app, current, savepoint.partitions);
  await shutOut(app, current);
  for (const topic of spreadTopics(topology)) await log.addPartitions(topic, partitions);
  await switchProducer(
    new GenerationLog(log, topology, { ...current, partitions: savepoint.partitions }),
  );
  const next: Generation = {
    formatVersion: 1,
    generation: current.generation + 1,
    partitions,
    stateSince: current.stateSince,
    floor: floorOf(app, savepoint, partitions),
    origin: `rescale from ${savepoint.partitions} to ${partitions} partitions`,
  };
  await beginGeneration(app, next, () =>
    splitSavepoint({ app, savepoint, from, next, partitions, openSpill }),
  );
  return next;
}

/** Or the first generation, which has no description, would take added partitions for its own. */
async function pinPartitions(
  { applicationId, checkpoints }: StandingApplication,
  current: Generation,
  partitions: number,
): Promise<void> {
  if (current.partitions !== null) return;
  await recordGeneration(checkpoints, applicationId, { ...current, partitions });
}

/** Topics with a partition for each task. Those between sub-topologies are made anew. */
export function spreadTopics({
  subTopologies,
  deadLetters,
  repartitionTopics,
}: Topology): Set<string> {
  const topics = subTopologies
    .flatMap(({ nodes }) => nodes)
    .flatMap((node) => (node.kind === "source" || node.kind === "sink" ? [node.topic] : []))
    .filter((topic) => !repartitionTopics.includes(topic));
  return new Set(deadLetters === null ? topics : [...topics, deadLetters.topic]);
}

/** Where the new number of partitions begins in each input. */
function floorOf(
  { topology }: StandingApplication,
  { tasks, unused }: Savepoint,
  partitions: number,
): Record<string, number> {
  const floor: Record<string, number> = {};
  const known = [...Object.values(tasks).flat(), ...unused];
  for (const { topic, partition, offset } of known) {
    if (partition >= partitions || topology.repartitionTopics.includes(topic)) continue;
    floor[partitionName({ topic, partition })] = offset;
  }
  return floor;
}
