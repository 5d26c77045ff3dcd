import { ConfigError } from "../record/errors.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Topology } from "../topology/topology.ts";

/**
 * A life of an application: own positions, own state, own topics between its sub-topologies, rows
 * newer than all of the lives before. A reset begins one, and so does a start from a savepoint.
 */
export interface Generation {
  readonly formatVersion: 1;
  readonly generation: number;
  /** Of each topic so many partitions are used, the first ones; null: all that there are. */
  readonly partitions: number | null;
  /**
   * By the name of the partition, the first offset whose rows lie where this number of partitions
   * puts them; 0 where there is none. What lies before belongs to another number.
   */
  readonly floor: Readonly<Record<string, number>>;
  /** The generation in which its state began: a reset begins anew, a savepoint is taken over. */
  readonly stateSince: number;
  /** How it has begun, for a person. */
  readonly origin: string;
}

const FIRST_GENERATION: Generation = {
  formatVersion: 1,
  generation: 1,
  partitions: null,
  floor: {},
  stateSince: 1,
  origin: "the first start",
};

const folderOf = (application: string): string => `${application}/generations/`;

/** Sorted by their paths they are sorted by their numbers. */
const pathOf = (application: string, generation: number): string =>
  `${folderOf(application)}${String(generation).padStart(6, "0")}.json`;

/** The newest generation, from the store of the checkpoints: whoever starts runs this one. */
export async function currentGeneration(
  objects: ObjectStore,
  application: string,
): Promise<Generation> {
  const newest = (await objects.list(folderOf(application))).at(-1);
  const body = newest && (await objects.get(newest.path));
  if (!body) return FIRST_GENERATION;
  const generation = JSON.parse(Buffer.from(body).toString("utf8")) as Generation;
  if (generation.formatVersion === 1) return generation;
  throw new ConfigError(
    `${newest.path} was written by a later version of this program: use that, or newer`,
  );
}

/** @throws ConfigError when it has ended: who slept through a reset would begin it once more. */
export async function mustBeCurrent({
  checkpoints,
  applicationId,
  generation,
}: {
  readonly checkpoints: ObjectStore;
  readonly applicationId: string;
  readonly generation: number;
}): Promise<void> {
  const current = await currentGeneration(checkpoints, applicationId);
  if (current.generation <= generation) return;
  throw new ConfigError(
    `generation ${generation} of ${applicationId} has ended, and ${current.generation} goes on ` +
      `(${current.origin}): start this process again`,
  );
}

/** Makes it the current one; false when it is there already: another process was faster. */
export const recordGeneration = (
  objects: ObjectStore,
  application: string,
  generation: Generation,
): Promise<boolean> =>
  objects.putIfAbsent(
    pathOf(application, generation.generation),
    Buffer.from(`${JSON.stringify(generation)}\n`),
  );

/** Names the positions. */
export const groupOf = (application: string, generation: number): string =>
  `${application}-${generation}`;

/** Names the producer of a task: whoever opens it next shuts this one out. */
export const producerOf = (application: string, generation: number, task: string): string =>
  `${groupOf(application, generation)}-${task}`;

/** Where the checkpoints of a generation lie, a folder for each task. */
export const checkpointsOf = (application: string, generation: number): string =>
  `${application}/${generation}`;

/** What a topic of the topology is called in the log. Those between sub-topologies are its own. */
export const topicOf = ({ repartitionTopics }: Topology, topic: string, generation: number) =>
  generation > 1 && repartitionTopics.includes(topic) ? `${topic}.g${generation}` : topic;
