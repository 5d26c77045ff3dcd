import path from "node:path";
import type { SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import type { StandingApplication } from "../runtime/standing-application.ts";
import type { StreamThread } from "../runtime/stream-thread.ts";
import { openStreams } from "../runtime/streams.ts";
import { workFolder } from "./data-folder.ts";
import type { Lake } from "./lake.ts";
import { logId } from "./log-id.ts";
import { type KafkaConnection, type LogPlace, openLog } from "./log-place.ts";
import type { Mart } from "./mart.ts";
import type { MartPlace } from "./mart-place.ts";
import { openObjectStore, type S3Access } from "./open-object-store.ts";
import { APPLICATION, openPublisher } from "./publishing.ts";
import { type SilverOptions, silverRuntime, TABLES_GENERATION } from "./silver-runtime.ts";
import { STATE_BYTES_MAX, spillBelow } from "./spill-folder.ts";

export interface SessionOptions extends Omit<SilverOptions, "application"> {
  /** null: the usual one, and a mart tells its folders and brokers apart. */
  readonly application: string | null;
  /** Of everything that has no other place. */
  readonly folder: string;
  /** Where the tables go, and the checkpoints: a folder or `s3://bucket/prefix`; null: `folder`. */
  readonly tables: string | null;
  readonly checkpoints: string | null;
  readonly s3?: S3Access;
  /** How the log is reached on Kafka; null for a log of its own in the folder. */
  readonly kafka: KafkaConnection | null;
  /** Feed a relational mart too; null: none. */
  readonly mart: MartPlace | null;
}

/** The log, the publisher, the tasks and the tables of one process, open in a folder. */
export interface Session {
  readonly log: Log;
  readonly generation: number;
  readonly thread: StreamThread;
  readonly publisher: SlicePublisher;
  readonly lake: Lake;
  /** null: there is none. */
  readonly mart: Mart | null;
  /** The application, for whom it is to be looked after. */
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
  const { folder, feeds, retentionMs } = options;
  const work = workFolder(folder);
  const log = await openLog(logPlace(options), clock);
  let mart: Mart | null = null;
  try {
    mart = options.mart && (await openMart(options.mart, options, clock));
    const { s3 } = options;
    const tables = await openObjectStore({ ...s3, place: options.tables ?? folder, commits: true });
    const checkpoints = await openObjectStore({
      ...s3,
      place: checkpointsPlace(options),
      commits: false,
    });
    const openSpill = spillBelow(path.join(work, "spill"), STATE_BYTES_MAX);
    const { config, topics, lake } = await silverRuntime(
      { ...options, application: options.application ?? APPLICATION },
      { log, mart, tables, checkpoints, openSpill },
      clock,
    );
    const thread = await openStreams(config, topics);
    const { partitions } = topics;
    const publisher = await openPublisher(config.log, { feeds, partitions, retentionMs }, clock);
    const { applicationId, topology } = config;
    return {
      log: config.log,
      generation: config.generation,
      thread,
      publisher,
      lake,
      mart,
      application: { applicationId, topology, log, checkpoints },
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

export const logPlace = ({ kafka, folder }: Pick<SessionOptions, "kafka" | "folder">): LogPlace =>
  kafka === null ? { kind: "folder", folder } : { kind: "kafka", connection: kafka };

export const checkpointsPlace = ({
  folder,
  checkpoints,
}: Pick<SessionOptions, "folder" | "checkpoints">): string =>
  checkpoints ?? path.join(workFolder(folder), "checkpoints");

/** Loaded only where there is one. */
async function openMart(
  place: MartPlace,
  { application: named, folder, kafka }: SessionOptions,
  clock: Clock,
): Promise<Mart> {
  const { Mart } = await import("./mart.ts");
  const brokers = kafka?.brokers.toSorted().join(",");
  const application = named ?? `${APPLICATION}@${brokers ?? (await logId(workFolder(folder)))}`;
  return await Mart.open(place, folder, { application, generation: TABLES_GENERATION, clock });
}
