import path from "node:path";
import type { SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import type { StreamThread } from "../runtime/stream-thread.ts";
import { openStreams } from "../runtime/streams.ts";
import type { CommitPolicy, RetryPolicy, RuntimeEvent } from "../runtime/task-config.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import { openEmbeddedLog } from "../sources/embedded-log/embedded-log.ts";
import { FolderSpill } from "../state/spill.ts";
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

const GENERATION = 1;
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
  close(): Promise<void>;
}

/**
 * Opens everything in one folder: the tables where readers look for them, and the rest in its
 * `.gdelt-streams` (checkpoints, cold state, the log unless that is on Kafka). Tables and checkpoints
 * may be elsewhere, and must then be there again the next time. What was interrupted
 * goes on from what is found there.
 */
export async function openSession(options: SessionOptions, clock: Clock): Promise<Session> {
  const { folder, partitions, retentionMs, feeds, bronze, commit, retry, onEvent } = options;
  const work = workFolder(folder);
  const log =
    options.kafka === null
      ? await openEmbeddedLog({ folder: logFolder(folder) })
      : await openKafka(options.kafka, clock);
  let mart: Mart | null = null;
  try {
    mart = options.mart && (await openMart(options.mart, options, clock));
    const store = await openObjectStore({ place: options.tables ?? folder, commits: true });
    const topology = silverTopology({
      ...SILVER_DEFAULTS,
      feeds,
      eventRetentionMs: retentionMs,
      bronze,
      mart: mart !== null,
    });
    const lake = await Lake.open(store, topology, {
      application: APPLICATION,
      generation: GENERATION,
      clock,
    });
    const publishing = { feeds, partitions, retentionMs };
    await createPublishedTopics(log, publishing);
    const thread = await openStreams(
      {
        applicationId: APPLICATION,
        generation: GENERATION,
        topology,
        log,
        clock,
        checkpoints: await openObjectStore({
          place: options.checkpoints ?? path.join(work, "checkpoints"),
          commits: false,
        }),
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
    const publisher = await openPublisher(log, publishing, clock);
    return {
      log,
      thread,
      publisher,
      lake,
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

/** Loaded only by those who have a broker. */
async function openKafka(brokers: readonly string[], clock: Clock): Promise<Log> {
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
  return await Mart.open(place, folder, { application, generation: GENERATION, clock });
}
