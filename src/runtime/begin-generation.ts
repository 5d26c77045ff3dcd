import { ConfigError } from "../record/errors.ts";
import type { ObjectInfo, ObjectStore } from "../state/object-store.ts";
import {
  checkpointsOf,
  type Generation,
  groupOf,
  producerOf,
  recordGeneration,
  topicOf,
} from "./generation.ts";
import type { OffsetCommit } from "./ports.ts";
import type { StandingApplication } from "./standing-application.ts";

/** What a task of a new generation begins with. */
export interface TaskStart {
  readonly task: string;
  /** Positions of all inputs, each with the id of a checkpoint that is in place, or `NO_CHECKPOINT`. */
  readonly offsets: readonly OffsetCommit[];
}

/**
 * Begins a generation in the place of the current one. Checkpoints and positions are put in place
 * first, under names that nobody uses; then one write makes it the current generation; then the old
 * ones are deleted. Whoever is interrupted does it again: before that write nothing has happened.
 *
 * `prepare` stores the checkpoints. What it finds under the new names is nobody's.
 */
export async function beginGeneration(
  app: StandingApplication,
  next: Generation,
  prepare: () => Promise<readonly TaskStart[]>,
): Promise<void> {
  const { applicationId, checkpoints, log } = app;
  await clearState(app, next.generation);
  await createOwnTopics(app, next);
  for (const { task, offsets } of await prepare()) {
    const named = offsets.map((at) => ({
      ...at,
      topic: topicOf(app.topology, at.topic, next.generation),
    }));
    const producer = await log.producer(producerOf(applicationId, next.generation, task));
    await producer.sendOffsets(groupOf(applicationId, next.generation), named);
    await producer.commit();
  }
  if (!(await recordGeneration(checkpoints, applicationId, next))) {
    throw new ConfigError(
      `generation ${next.generation} of ${applicationId} was begun by another process meanwhile`,
    );
  }
  // Those too which an earlier one, interrupted, has left behind.
  for (let old = 1; old < next.generation; old++) {
    await clearState(app, old);
    await log.deleteTopics(ownTopics(app, old));
  }
}

/** Positions first: without checkpoints they would be taken for damage. */
async function clearState(
  { applicationId, checkpoints, log }: StandingApplication,
  generation: number,
): Promise<void> {
  await log.deleteGroup(groupOf(applicationId, generation));
  for (const { path } of await objectsOf(checkpoints, applicationId, generation)) {
    await checkpoints.delete(path);
  }
}

async function createOwnTopics(
  { topology, log }: StandingApplication,
  { generation, partitions }: Generation,
): Promise<void> {
  for (const topic of topology.repartitionTopics) {
    const name = topicOf(topology, topic, generation);
    const there = await log.partitions(name);
    const count = partitions ?? (await log.partitions(topicOf(topology, topic, generation - 1)));
    // Left behind by one that was to have another number; nobody has written to it.
    if (there > 0 && there !== count) await log.deleteTopics([name]);
    await log.createTopics([{ name, partitions: count, retention: "consumed" }]);
  }
}

/** Topics between the sub-topologies, as a generation calls them. */
export const ownTopics = ({ topology }: StandingApplication, generation: number): string[] =>
  topology.repartitionTopics.map((topic) => topicOf(topology, topic, generation));

/** Everything that the checkpoints of a generation consist of. */
export const objectsOf = (
  checkpoints: ObjectStore,
  applicationId: string,
  generation: number,
): Promise<ObjectInfo[]> => checkpoints.list(`${checkpointsOf(applicationId, generation)}/`);
