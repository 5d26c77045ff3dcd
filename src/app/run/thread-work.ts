import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../record/clock.ts";
import { stickyAssignor } from "../../runtime/assignor.ts";
import { StandbyTask } from "../../runtime/standby-task.ts";
import { joinStreams } from "../../runtime/streams.ts";
import type { CommitPolicy, RetryPolicy, RuntimeEvent } from "../../runtime/task-config.ts";
import { openKafkaLog } from "../../sources/kafka/kafka-log.ts";
import { CachedObjectStore } from "../../state/cached-object-store.ts";
import { FolderObjectStore } from "../../state/folder-object-store.ts";
import { localCheckpoints } from "../../state/local-checkpoints.ts";
import type { Settings } from "../config/catalogue.ts";
import { kafkaConnection } from "../config/kafka-connection.ts";
import { s3Access, sourceOptions } from "../config/places.ts";
import type { Asked } from "../inspector/thread-questions.ts";
import { Mart } from "../mart.ts";
import { openObjectStore, type S3Access } from "../open-object-store.ts";
import { feedsFor } from "../publishing.ts";
import { silverRuntime, TABLES_GENERATION } from "../silver-runtime.ts";
import { spillBelow } from "../spill-folder.ts";
import type { ThreadAssignment } from "./thread-message.ts";

const MIB = 1024 * 1024;

const WAIT_MS = 100;
const WAIT_MS_MAX = 10_000;

/** How soon after its last commit a task commits because a slice has closed. */
const CLOSED_MS = 500;

/** How often a standby asks what has been committed. */
const STANDBY_INTERVAL_MS = 2000;

/** A stream thread with everything it has opened. */
export interface ThreadWork extends Asked {
  /** Gives up what is open as it is; after a `shutdown` of the thread there is nothing to lose. */
  close(): Promise<void>;
}

/** Opens connections of its own to everything: threads share nothing but the process's disk. */
export async function openThreadWork(
  { settings, thread: name, process }: ThreadAssignment,
  clock: Clock,
  onEvent: (event: RuntimeEvent) => void,
): Promise<ThreadWork> {
  const instance = settings["group.instance.id"];
  const log = await openKafkaLog({
    ...kafkaConnection(settings),
    clientId: `${settings["client.id"]}-${name}`,
    guarantee: settings["processing.guarantee"],
    sessionTimeoutMs: settings["session.timeout.ms"],
    heartbeatIntervalMs: settings["heartbeat.interval.ms"],
    maxPollIntervalMs: settings["max.poll.interval.ms"],
    ...(instance !== null && { groupInstanceId: `${instance}-${name}` }),
    clock,
  });
  const closing = [() => log.close()];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    const mart = await openMart(settings, clock);
    if (mart !== null) closing.push(() => mart.close());
    const access = s3Access(settings);
    const copies = await openCheckpoints(settings, access);
    const { config, topics } = await silverRuntime(
      {
        application: settings["application.id"],
        feeds: feedsFor(settings.translation),
        partitions: settings.partitions,
        retentionMs: settings["silver.event.retention"],
        source: sourceOptions(settings),
        lake: settings["lake.enabled"],
        bronze: settings["bronze.enabled"],
        commit: commitPolicy(settings),
        retry: retryPolicy(settings),
        onEvent,
      },
      {
        log,
        mart,
        tables: await openObjectStore({
          ...access,
          place: settings["lake.location"],
          commits: true,
        }),
        checkpoints: copies,
        openSpill: spillBelow(
          path.join(settings["state.dir"], "spill", name),
          settings["state.memory.max.mb"] * MIB,
        ),
      },
      clock,
    );
    const thread = await joinStreams(config, topics, {
      groups: log,
      process,
      assignor: (plan, topology) =>
        stickyAssignor({
          tasks: plan.shared,
          topology,
          standbyReplicas: settings["num.standby.replicas"],
        }),
      local: () => localCheckpoints(copies.copies(), config.applicationId, config.generation),
      standby: (task) => new StandbyTask(config, task, { copies, intervalMs: STANDBY_INTERVAL_MS }),
    });
    closing.push(async () => thread.close());
    const { topology, generation } = config;
    return { thread, topology, log: config.log, generation, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The threads of a replica share the copies, and so do those who run on one host after another. */
async function openCheckpoints(settings: Settings, access: S3Access): Promise<CachedObjectStore> {
  const place = settings["checkpoint.store"];
  return await CachedObjectStore.open({
    remote: await openObjectStore({ ...access, place, commits: false }),
    local: new FolderObjectStore(path.join(settings["state.dir"], "checkpoints"), {
      synced: false,
    }),
    bytesMax: settings["state.copies.max.mb"] * MIB,
  });
}

/** What is not back in time is left to a new process; tables may take as long as they like. */
function retryPolicy(settings: Settings): RetryPolicy {
  let taskAttemptsMax = 1;
  for (let waitedMs = 0; waitedMs < settings["task.timeout.ms"]; taskAttemptsMax++) {
    waitedMs += Math.min(WAIT_MS_MAX, WAIT_MS * 2 ** (taskAttemptsMax - 1));
  }
  return {
    taskAttemptsMax,
    tableAttemptsMax: Number.POSITIVE_INFINITY,
    waitMs: WAIT_MS,
    waitMsMax: WAIT_MS_MAX,
    wait: (ms) => sleep(ms),
  };
}

const commitPolicy = (settings: Settings): CommitPolicy => ({
  // At the pace of GDELT it is at once; who has much to catch up with closes many slices a second.
  closedMs: CLOSED_MS,
  intervalMs: settings["commit.interval.ms"],
  outputBytesMax: 64 * MIB,
  tableBytesMax: 32 * MIB,
  tableIntervalMs: settings["table.commit.interval.ms"],
});

/** Its positions are those of the application, as in the lake: brokers may come and go. */
async function openMart(settings: Settings, clock: Clock): Promise<Mart | null> {
  const url = settings["mart.url"];
  if (url === null) return null;
  const application = settings["application.id"];
  const options = { application, generation: TABLES_GENERATION, clock };
  return await Mart.open({ kind: "postgres", url }, settings["state.dir"], options);
}
