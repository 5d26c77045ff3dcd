import path from "node:path";
import type { SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { currentGeneration } from "../runtime/generation.ts";
import { GenerationLog } from "../runtime/generation-log.ts";
import type { AdministeredLog } from "../runtime/log-admin.ts";
import type { Log } from "../runtime/ports.ts";
import type { StandingApplication } from "../runtime/standing-application.ts";
import type { StreamThread } from "../runtime/stream-thread.ts";
import { openStreams } from "../runtime/streams.ts";
import type { CommitPolicy, RetryPolicy, RuntimeEvent } from "../runtime/task-config.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import { openEmbeddedLog } from "../sources/embedded-log/embedded-log.ts";
import { FolderSpill } from "../state/spill.ts";
import type { Topology } from "../topology/topology.ts";
import { workFolder } from "./data-folder.ts";
import { Lake } from "./lake.ts";
import { logId } from "./log-id.ts";
import type { Mart } from "./mart.ts";
import type { MartPlace } from "./mart-place.ts";
import { openObjectStore } from "./open-object-store.ts";
import {
  APPLICATION,
  createPublishedTopics,
  logFolder,
  openPublisher,
  type Publishing,
  sinkRetention,
} from "./publishing.ts";

/** Part of the names under which tables keep their positions: those outlive every generation. */
const TABLES_GENERATION = 1;
const MIB = 1024 * 1024;

/** Cache of state that has left memory, per store. */
const SPILL_CACHE_BYTES = 4 * MIB;

export interface SessionOptions extends Publishing {
  /** Of everything that has no other place. */
  readonly folder: string;
  /** Where the tables go, and the checkpoints: a folder or `s3://bucket/prefix`; null: `folder`. */
  readonly tables: string | null;
  readonly checkpoints: string | null;
  /** Brokers of the log, `host:port` each; null for a log of its own in the folder. */
  readonly kafka: readonly string[] | null;
  /** Keep the feeds as published too. */
  readonly bronze: boolean;
  /** Feed a relational mart too; null: none. */
  readonly mart: MartPlace | null;
  readonly commit: CommitPolicy;
  readonly retry: RetryPolicy;
  readonly onEvent?: (event: RuntimeEvent) => void;
}

/** The log, the publisher, the tasks and the tables of one process, open in a folder. */
export interface Session {
  readonly log: Log;
  readonly thread: StreamThread;
  readonly publisher: SlicePublisher;
  readonly lake: Lake;
  /** Names the application and all that it consists of. */
  readonly application: StandingApplication;
  close(): Promise<void>;
}

/**
 * Opens everything in one folder: the tables where readers look for them, and the rest in its
 * `.gdelt-streams` (checkpoints, cold state, the log unless that is on Kafka). Tables and checkpoints
 * may be elsewhere, and must then be there again the next time. What was interrupted
 * goes on from what is found there.
 */
export async function openSession(options: SessionOptions, clock: Clock): Promise<Session> {
  const { folder, retentionMs, feeds, commit, retry, onEvent } = options;
  const work = workFolder(folder);
  const log = await openLog(options, clock);
  let mart: Mart | null = null;
  try {
    mart = options.mart && (await openMart(options.mart, options, clock));
    const topology = topologyOf(options);
    const lake = await openLake(options, topology, clock);
    const checkpoints = await openObjectStore({
      place: checkpointsPlace(options),
      commits: false,
    });
    const current = await currentGeneration(checkpoints, APPLICATION);
    const view = new GenerationLog(log, topology, current);
    const partitions = current.partitions ?? options.partitions;
    const publishing = { feeds, partitions, retentionMs };
    await createPublishedTopics(view, publishing);
    const publisher = await openPublisher(view, publishing, clock);
    mustAgree(publisher, partitions);
    const thread = await openStreams(
      {
        applicationId: APPLICATION,
        generation: current.generation,
        stateSince: current.stateSince,
        topology,
        log: view,
        clock,
        checkpoints,
        openSpill: (name) => new FolderSpill(path.join(work, "spill", name), SPILL_CACHE_BYTES),
        openTable: (node, topic, partition) =>
          mart?.sink(node, topic, partition) ?? lake.sink(node, topic, partition),
        sliceMemoryMs: 2 * retentionMs,
        fetchBytesMax: 4 * MIB,
        commit,
        retry,
        ...(onEvent && { onEvent }),
      },
      {
        partitions,
        sourceRetention: retentionMs,
        sinkRetention: sinkRetention(retentionMs),
      },
    );
    return {
      log: view,
      thread,
      publisher,
      lake,
      application: { applicationId: APPLICATION, topology, log, checkpoints },
      close: async () => {
        thread.close();
        await mart?.close();
        await log.close();
      },
    };
  } catch (error) {
    await mart?.close();
    await log.close();
    throw error;
  }
}

export const topologyOf = ({
  feeds,
  retentionMs,
  bronze,
  mart,
}: Pick<SessionOptions, "feeds" | "retentionMs" | "bronze" | "mart">): Topology =>
  silverTopology({
    ...SILVER_DEFAULTS,
    feeds,
    eventRetentionMs: retentionMs,
    bronze,
    mart: mart !== null,
  });

export async function openLake(
  { folder, tables }: Pick<SessionOptions, "folder" | "tables">,
  topology: Topology,
  clock: Clock,
): Promise<Lake> {
  const store = await openObjectStore({ place: tables ?? folder, commits: true });
  const identity = { application: APPLICATION, generation: TABLES_GENERATION };
  return await Lake.open(store, topology, { ...identity, clock });
}

/** The log as it is, whatever the generation. */
export const openLog = (
  { folder, kafka }: Pick<SessionOptions, "folder" | "kafka">,
  clock: Clock,
): Promise<AdministeredLog> =>
  kafka === null ? openEmbeddedLog({ folder: logFolder(folder) }) : openKafka(kafka, clock);

export const checkpointsPlace = ({
  folder,
  checkpoints,
}: Pick<SessionOptions, "folder" | "checkpoints">): string =>
  checkpoints ?? path.join(workFolder(folder), "checkpoints");

/** @throws ConfigError when rows would be put where no task reads them. */
function mustAgree(publisher: SlicePublisher, partitions: number): void {
  if (publisher.partitions === partitions) return;
  throw new ConfigError(
    `slices are published to ${publisher.partitions} partitions, and the application runs on ` +
      `${partitions}: a rescale was interrupted, do it again`,
  );
}

/** Loaded only by those who have a broker. */
async function openKafka(brokers: readonly string[], clock: Clock): Promise<AdministeredLog> {
  const { openKafkaLog } = await import("../sources/kafka/kafka-log.ts");
  return await openKafkaLog({ brokers, clock });
}

/** Loaded only where there is one. */
async function openMart(
  place: MartPlace,
  { folder, kafka }: SessionOptions,
  clock: Clock,
): Promise<Mart> {
  const { Mart } = await import("./mart.ts");
  const log = kafka === null ? await logId(workFolder(folder)) : kafka.toSorted().join(",");
  const application = `${APPLICATION}@${log}`;
  return await Mart.open(place, folder, { application, generation: TABLES_GENERATION, clock });
}
