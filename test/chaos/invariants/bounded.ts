import type { Invariant } from "./invariant.ts";

const MIB = 1 << 20;
const RSS_MAX = 900 * MIB;
/** Connections to each broker for every producer of a task, sockets of S3, files of the program. */
const HANDLES_MAX = 400;
const DISK_MAX = 256 * MIB;
/** Blocks of each tier, two manifests, and what awaits its deletion. */
const OBJECTS_PER_TASK_MAX = 60;

export const bounded: Invariant = {
  id: "I12",
  says: "memory, handles, the disk and the checkpoints stay within bounds",
  violations: ({ samples, diskBytes, checkpointObjects }) => [
    ...(samples.length === 0 ? ["nothing was measured"] : []),
    ...samples
      .filter(({ rssBytes }) => rssBytes > RSS_MAX)
      .map(({ replica, rssBytes }) => `${replica} has ${Math.round(rssBytes / MIB)} MiB`),
    ...samples
      .filter(({ handles }) => handles > HANDLES_MAX)
      .map(({ replica, handles }) => `${replica} has ${handles} handles open`),
    ...(diskBytes > DISK_MAX ? [`replicas keep ${Math.round(diskBytes / MIB)} MiB on disk`] : []),
    ...[...checkpointObjects]
      .filter(([, objects]) => objects > OBJECTS_PER_TASK_MAX)
      .map(([task, objects]) => `the checkpoints of task ${task} are ${objects} objects`),
  ],
};
