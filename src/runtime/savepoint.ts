import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { partitionName, type TopicPartition } from "../record/record-batch.ts";
import { CheckpointFolder } from "../state/checkpoint-folder.ts";
import type { ObjectStore } from "../state/object-store.ts";
import { type Topology, topicsOf } from "../topology/topology.ts";
import { topologyHash } from "../topology/topology-hash.ts";
import { beginGeneration, type TaskStart } from "./begin-generation.ts";
import { checkpointsOf, currentGeneration, type Generation } from "./generation.ts";
import { GenerationLog } from "./generation-log.ts";
import type { OffsetCommit } from "./ports.ts";
import {
  mustStandStill,
  partitionsUsed,
  type StandingApplication,
  shutOut,
} from "./standing-application.ts";
import { type CommittedTask, NO_CHECKPOINT, type TaskMeta } from "./task-checkpoint.ts";

/** A whole application at one moment: no slice is open, and nothing is between its sub-topologies. */
export interface Savepoint {
  readonly formatVersion: 1;
  readonly name: string;
  readonly application: string;
  readonly generation: number;
  readonly partitions: number;
  /** The shape of the topology that can take it up. */
  readonly topology: string;
  readonly takenAtMs: number;
  /** Each task's positions; their metadata is the id of its checkpoint, which has a checksum in it. */
  readonly tasks: Readonly<Record<string, readonly OffsetCommit[]>>;
  /** Partitions of the inputs that are not used, and where they end. */
  readonly unused: readonly (TopicPartition & { readonly offset: number })[];
}

/** Where the checkpoints of a savepoint lie, a folder for each task. */
const folderOf = (application: string, name: string): string => `${application}/savepoints/${name}`;

const pathOf = (application: string, name: string): string =>
  `${folderOf(application, name)}/savepoint.json`;

/** In words, for messages. */
const sliceName = (sliceMs: number): string =>
  Number.isNaN(new Date(sliceMs).getTime()) ? "the last" : new Date(sliceMs).toISOString();

/**
 * Keeps what `tasks` have committed under a name, in `to`. They have read everything there is.
 * @throws ConfigError when the name is taken, or a slice has begun and is not closed.
 */
export async function takeSavepoint(
  app: StandingApplication,
  tasks: readonly CommittedTask[],
  { name, to, clock }: { readonly name: string; readonly to: ObjectStore; readonly clock: Clock },
): Promise<Savepoint> {
  const { applicationId, checkpoints, topology } = app;
  checkName(name);
  if ((await to.get(pathOf(applicationId, name))) !== null) throw taken(name);
  const current = await currentGeneration(checkpoints, applicationId);
  await mustBeDrained(app, current, tasks);
  const folder = folderOf(applicationId, name);
  const kept: Record<string, readonly OffsetCommit[]> = {};
  for (const { task, offsets, checkpoint } of tasks) {
    const from = taskIn(checkpoints, checkpointsOf(applicationId, current.generation), task);
    const id =
      checkpoint === NO_CHECKPOINT
        ? NO_CHECKPOINT
        : await from.copyTo(checkpoint, to, `${folder}/${task}`);
    kept[task] = offsets.map((at) => ({ ...at, metadata: id }));
  }
  const partitions = await partitionsUsed(app, current);
  const savepoint: Savepoint = {
    formatVersion: 1,
    name,
    application: applicationId,
    generation: current.generation,
    partitions,
    topology: shapeOf(topology),
    takenAtMs: clock.nowMs(),
    tasks: kept,
    unused: await unusedPartitions(app, partitions),
  };
  // Last: what has no description is not there, and may be written again.
  const body = Buffer.from(`${JSON.stringify(savepoint, null, 2)}\n`);
  if (!(await to.putIfAbsent(pathOf(applicationId, name), body))) throw taken(name);
  return savepoint;
}

async function unusedPartitions({ topology, log }: StandingApplication, used: number) {
  const unused: (TopicPartition & { readonly offset: number })[] = [];
  for (const topic of topicsOf(topology).sources) {
    if (topology.repartitionTopics.includes(topic)) continue;
    for (let partition = used; partition < (await log.partitions(topic)); partition++) {
      unused.push({ topic, partition, offset: (await log.bounds({ topic, partition })).end });
    }
  }
  return unused;
}

/** @throws ConfigError for what is no part of a path. */
function checkName(name: string): void {
  if (/^[\w.-]{1,100}$/.test(name) && !/^\.+$/.test(name)) return;
  throw new ConfigError(
    `"${name}" is no name of a savepoint: use letters, digits, "-", "_" and "." only`,
  );
}

const taken = (name: string): ConfigError =>
  new ConfigError(`there is a savepoint "${name}" already: give this one another name`);

const taskIn = (objects: ObjectStore, folder: string, task: string) =>
  new CheckpointFolder<TaskMeta>(objects, `${folder}/${task}`, task);

async function mustBeDrained(
  { topology, log }: StandingApplication,
  current: Generation,
  tasks: readonly CommittedTask[],
): Promise<void> {
  const view = new GenerationLog(log, topology, current);
  for (const { task, offsets, openSlices } of tasks) {
    const [open] = openSlices;
    if (open !== undefined) {
      throw new ConfigError(
        `slice ${sliceName(open.sliceMs)} has begun and is not closed: task ${task} waits for ` +
          `${open.waitingFor.join(", ")}. Let the producer finish the slice, then try again`,
      );
    }
    for (const at of offsets) {
      const { end } = await view.bounds(at);
      if (at.offset >= end) continue;
      throw new ConfigError(
        `task ${task} is at offset ${at.offset} of ${partitionName(at)}, which goes to ${end}: ` +
          "something has been published since. Stop that, and take another savepoint",
      );
    }
  }
}

/** @throws ConfigError when anything has been published since the savepoint of this generation. */
export async function mustBeAtEnd(app: StandingApplication, savepoint: Savepoint): Promise<void> {
  const current = await currentGeneration(app.checkpoints, app.applicationId);
  const tasks = Object.entries(savepoint.tasks).map(([task, offsets]) => ({
    task,
    offsets,
    checkpoint: NO_CHECKPOINT,
    openSlices: [],
  }));
  await mustBeDrained(app, current, tasks);
}

/** @throws ConfigError when there is none of that name. */
export async function readSavepoint(
  from: ObjectStore,
  application: string,
  name: string,
): Promise<Savepoint> {
  const savepoint = await findSavepoint(from, application, name);
  if (savepoint !== null) return savepoint;
  throw new ConfigError(
    `there is no ${pathOf(application, name)}: a savepoint "${name}" was not finished, or is elsewhere`,
  );
}

export async function findSavepoint(
  from: ObjectStore,
  application: string,
  name: string,
): Promise<Savepoint | null> {
  checkName(name);
  const body = await from.get(pathOf(application, name));
  return body && (JSON.parse(Buffer.from(body).toString("utf8")) as Savepoint);
}

/** Where the checkpoint of a task lies in a savepoint. */
export const savedFolder = ({ application, name }: Savepoint, task: string): string =>
  `${folderOf(application, name)}/${task}`;

/**
 * Begins the next generation with what a savepoint holds. What was emitted since then is emitted
 * once more, and supersedes it.
 */
export async function restoreSavepoint(
  app: StandingApplication,
  savepoint: Savepoint,
  from: ObjectStore,
): Promise<Generation> {
  const { applicationId, checkpoints, topology } = app;
  const current = await currentGeneration(checkpoints, applicationId);
  await mustStandStill(app, current);
  mustFit(app, savepoint);
  const partitions = await partitionsUsed(app, current);
  if (savepoint.partitions !== partitions) {
    throw new ConfigError(
      `savepoint "${savepoint.name}" is of ${savepoint.partitions} partitions, and ` +
        `${applicationId} has ${partitions} since: what was published in between lies elsewhere`,
    );
  }
  const tasks = Object.entries(savepoint.tasks);
  for (const at of tasks.flatMap(([, offsets]) => offsets)) await mustBeReadable(app, current, at);
  await shutOut(app, current);
  const origin = `savepoint ${savepoint.name}`;
  const next = { ...current, generation: current.generation + 1, partitions, origin };
  await beginGeneration(app, next, async () => {
    const starts: TaskStart[] = [];
    for (const [task, offsets] of tasks) {
      const id = offsets[0]!.metadata;
      const folder = `${checkpointsOf(applicationId, next.generation)}/${task}`;
      const metadata =
        id === NO_CHECKPOINT
          ? id
          : await taskIn(from, folderOf(savepoint.application, savepoint.name), task).copyTo(
              id,
              checkpoints,
              folder,
            );
      starts.push({
        task,
        // Nothing was in between: its own topics begin empty.
        offsets: offsets.map((at) => ({
          ...at,
          offset: topology.repartitionTopics.includes(at.topic) ? 0 : at.offset,
          metadata,
        })),
      });
    }
    return starts;
  });
  return next;
}

/** Tables may come and go: what they know is not in a savepoint. */
const shapeOf = ({ subTopologies, ...rest }: Topology): string =>
  topologyHash({
    ...rest,
    subTopologies: subTopologies.filter(({ nodes }) => nodes.every(({ kind }) => kind !== "table")),
  });

/** @throws ConfigError when it is of something else, or of another shape. */
export function mustFit({ applicationId, topology }: StandingApplication, of: Savepoint): void {
  if (of.formatVersion === 1 && of.application === applicationId) {
    const hash = shapeOf(topology);
    if (of.topology === hash) return;
    throw new ConfigError(
      `savepoint "${of.name}" is of a topology of another shape (${of.topology}, this one is ` +
        `${hash}): its state would not be found again. Use the program and options it was taken with`,
    );
  }
  throw new ConfigError(
    `savepoint "${of.name}" is of ${of.application}, not of ${applicationId}, or of a later version`,
  );
}

async function mustBeReadable(
  { topology, log }: StandingApplication,
  { floor }: Generation,
  at: OffsetCommit,
): Promise<void> {
  if (topology.repartitionTopics.includes(at.topic)) return;
  const { start, end } = await log.bounds(at);
  const first = Math.max(start, floor[partitionName(at)] ?? 0);
  if (at.offset >= first && at.offset <= end) return;
  throw new ConfigError(
    `the savepoint is at offset ${at.offset} of ${partitionName(at)}, which can be read from ` +
      `${first} to ${end}: it is too old, or of another log. Reset the application instead`,
  );
}
