import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../../record/clock.ts";
import { stickyAssignor } from "../../runtime/assignor.ts";
import type { Assignor } from "../../runtime/group.ts";
import type { StreamThread } from "../../runtime/stream-thread.ts";
import { joinStreams } from "../../runtime/streams.ts";
import type { CommitPolicy, RuntimeEvent } from "../../runtime/task-config.ts";
import type { TaskPlan } from "../../runtime/task-plan.ts";
import { openKafkaLog } from "../../sources/kafka/kafka-log.ts";
import type { Settings } from "../config/catalogue.ts";
import { kafkaConnection } from "../config/kafka-connection.ts";
import { Mart } from "../mart.ts";
import { openObjectStore, type S3Access } from "../open-object-store.ts";
import { feedsFor } from "../publishing.ts";
import { GENERATION, silverRuntime } from "../silver-runtime.ts";
import { spillBelow } from "../spill-folder.ts";
import type { ThreadAssignment } from "./thread-message.ts";

const MIB = 1024 * 1024;

/** What does not come back within minutes is left to a new process; tables may take their time. */
const RETRIES = {
  taskAttemptsMax: 8,
  tableAttemptsMax: Number.POSITIVE_INFINITY,
  waitMs: 100,
  waitMsMax: 10_000,
  wait: (ms: number) => sleep(ms),
};

/** Nothing is held ready by others yet. */
const STANDBY_REPLICAS = 0;

/** A stream thread with everything it has opened. */
export interface ThreadWork {
  readonly thread: StreamThread;
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
    const { config, topics } = await silverRuntime(
      {
        application: settings["application.id"],
        feeds: feedsFor(settings.translation),
        partitions: settings.partitions,
        retentionMs: settings["silver.event.retention"],
        bronze: settings["bronze.enabled"],
        commit: commitPolicy(settings),
        retry: RETRIES,
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
        checkpoints: await openObjectStore({
          ...access,
          place: settings["checkpoint.store"],
          commits: false,
        }),
        openSpill: spillBelow(path.join(settings["state.dir"], "spill", name)),
      },
      clock,
    );
    const thread = await joinStreams(config, topics, {
      groups: log,
      process,
      assignor: (plan, topology) => assignorOf(plan, topology),
      local: () => ({}),
    });
    closing.push(async () => thread.close());
    return { thread, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function assignorOf(plan: TaskPlan, topology: string): Assignor {
  const tasks = [...plan.tasks.values()].map(({ id, subTopology }) => ({
    id,
    stateful: subTopology.stores.length > 0,
  }));
  return stickyAssignor({ tasks, topology, standbyReplicas: STANDBY_REPLICAS });
}

const commitPolicy = (settings: Settings): CommitPolicy => ({
  closedMs: 0,
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
  const options = { application, generation: GENERATION, clock };
  return await Mart.open({ kind: "postgres", url }, settings["state.dir"], options);
}

function s3Access(settings: Settings): S3Access {
  const accessKeyId = settings["s3.access.key"];
  const secretAccessKey = settings["s3.secret.key"];
  return {
    endpoint: settings["s3.endpoint"] ?? undefined,
    region: settings["s3.region"] ?? undefined,
    credentials:
      accessKeyId === null || secretAccessKey === null
        ? undefined
        : { accessKeyId, secretAccessKey },
  };
}
