import { ConfigError } from "../record/errors.ts";
import type { TopicPartition } from "../record/record-batch.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { SubTopology, Topology } from "../topology/topology.ts";
import { type Generation, groupOf, producerOf } from "./generation.ts";
import { GenerationLog } from "./generation-log.ts";
import type { AdministeredLog } from "./log-admin.ts";

/** An application while nobody runs it: what it consists of, and where that lies. */
export interface StandingApplication {
  readonly applicationId: string;
  readonly topology: Topology;
  /** As it is, not as a generation sees it. */
  readonly log: AdministeredLog;
  /** Checkpoints, generations, and savepoints unless these are to lie elsewhere. */
  readonly checkpoints: ObjectStore;
}

/** A task as it follows from the topology and the number of partitions. */
export interface TaskPlace {
  readonly task: string;
  readonly subTopology: SubTopology;
  readonly partition: number;
  /** By the names of the topology. */
  readonly inputs: readonly TopicPartition[];
}

/** All tasks of a generation, tables left out: those have no state but their own. */
export async function taskPlaces(
  { topology, log }: StandingApplication,
  generation: Generation,
): Promise<TaskPlace[]> {
  const view = new GenerationLog(log, topology, generation);
  const places: TaskPlace[] = [];
  for (const subTopology of topology.subTopologies) {
    const topics = subTopology.nodes.flatMap((node) => (node.kind === "source" ? node.topic : []));
    // A table, or something whose topics do not exist yet, has nothing to be looked after.
    const counts = await Promise.all(topics.map((topic) => view.partitions(topic)));
    for (let partition = 0; partition < Math.max(0, ...counts); partition++) {
      const inputs = topics.map((topic) => ({ topic, partition }));
      places.push({ task: `${subTopology.id}_${partition}`, subTopology, partition, inputs });
    }
  }
  return places;
}

/** @throws ConfigError that names whoever still runs the application. */
export async function mustStandStill(
  { applicationId, log }: StandingApplication,
  { generation }: Generation,
): Promise<void> {
  const group = groupOf(applicationId, generation);
  const members = await log.members(group);
  if (members.length === 0) return;
  throw new ConfigError(
    `group ${group} has ${members.length} members (${members.join(", ")}): stop all processes ` +
      "that run the application first; one that was killed is given up when its session is over",
  );
}

/** Shuts out whoever still has a task open, asleep or cut off: nothing of it is committed any more. */
export async function shutOut(app: StandingApplication, current: Generation): Promise<void> {
  for (const { task } of await taskPlaces(app, current)) {
    await app.log.producer(producerOf(app.applicationId, current.generation, task));
  }
}

/** How many partitions a generation uses of each topic. */
export async function partitionsUsed(
  app: StandingApplication,
  current: Generation,
): Promise<number> {
  if (current.partitions !== null) return current.partitions;
  const bySubTopology = Map.groupBy(await taskPlaces(app, current), (at) => at.subTopology.id);
  const counts = new Set([...bySubTopology.values()].map((tasks) => tasks.length));
  const [count] = counts;
  if (count !== undefined && counts.size === 1) return count;
  throw new ConfigError(
    count === undefined
      ? `${app.applicationId} has no topics in this log: nothing has run here yet`
      : `the topics of ${app.applicationId} have different numbers of partitions ` +
          `(${[...counts].join(", ")}), and no number that could be changed`,
  );
}
