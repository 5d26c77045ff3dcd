import { partitionName } from "../record/record-batch.ts";
import { beginGeneration, objectsOf, ownTopics, type TaskStart } from "./begin-generation.ts";
import { currentGeneration, type Generation, groupOf } from "./generation.ts";
import type { OffsetCommit } from "./ports.ts";
import {
  mustStandStill,
  partitionsUsed,
  type StandingApplication,
  shutOut,
  taskPlaces,
} from "./standing-application.ts";
import { NO_CHECKPOINT } from "./task-checkpoint.ts";

/** Where the inputs are read from: all that the log still holds, or only what comes from now on. */
export type ResetTo = "earliest" | "latest";

/** What a reset is going to do. */
export interface ResetPlan {
  readonly current: Generation;
  readonly next: Generation;
  readonly starts: readonly TaskStart[];
  readonly deletes: {
    readonly group: string;
    readonly topics: readonly string[];
    readonly checkpoints: { readonly objects: number; readonly bytes: number };
  };
}

/**
 * Looks at what there is; changes nothing.
 * @throws ConfigError while somebody runs the application, or where nothing has run yet.
 */
export async function planReset(
  app: StandingApplication,
  to: ResetTo,
  origin: string,
): Promise<ResetPlan> {
  const { applicationId, checkpoints, log } = app;
  const current = await currentGeneration(checkpoints, applicationId);
  await mustStandStill(app, current);
  const next: Generation = {
    ...current,
    generation: current.generation + 1,
    partitions: await partitionsUsed(app, current),
    stateSince: current.generation + 1,
    origin,
  };
  const topics = ownTopics(app, current.generation);
  const there = await Promise.all(topics.map((topic) => log.partitions(topic)));
  const objects = await objectsOf(checkpoints, applicationId, current.generation);
  return {
    current,
    next,
    starts: await startsOf(app, current, to),
    deletes: {
      group: groupOf(applicationId, current.generation),
      topics: topics.filter((_, i) => there[i]! > 0),
      checkpoints: {
        objects: objects.length,
        bytes: objects.reduce((sum, { size }) => sum + size, 0),
      },
    },
  };
}

async function startsOf(
  app: StandingApplication,
  current: Generation,
  to: ResetTo,
): Promise<TaskStart[]> {
  const starts: TaskStart[] = [];
  for (const { task, inputs } of await taskPlaces(app, current)) {
    const offsets: OffsetCommit[] = [];
    for (const at of inputs) {
      const offset = await startOffset(app, current, at, to);
      offsets.push({ ...at, offset, metadata: NO_CHECKPOINT });
    }
    starts.push({ task, offsets });
  }
  return starts;
}

async function startOffset(
  { topology, log }: StandingApplication,
  { floor }: Generation,
  at: { readonly topic: string; readonly partition: number },
  to: ResetTo,
): Promise<number> {
  // The topics of its own are new, and empty.
  if (topology.repartitionTopics.includes(at.topic)) return 0;
  const { start, end } = await log.bounds(at);
  return to === "latest" ? end : Math.max(start, floor[partitionName(at)] ?? 0);
}

/**
 * Begins the application anew under the next generation: without state, at the offsets of the plan.
 * What the tables hold stays, and is superseded row by row.
 */
export async function reset(app: StandingApplication, plan: ResetPlan): Promise<void> {
  await shutOut(app, plan.current);
  await beginGeneration(app, plan.next, async () => plan.starts);
}
