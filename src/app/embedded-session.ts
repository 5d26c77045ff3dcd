import path from "node:path";
import { SLICES_TOPIC } from "../gdelt/feeds.ts";
import { SlicePublisher } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import type { StreamThread } from "../runtime/stream-thread.ts";
import { openStreams } from "../runtime/streams.ts";
import type { CommitPolicy, RetryPolicy, RuntimeEvent } from "../runtime/task-config.ts";
import { DEAD_LETTER_TOPIC, rejectedFileRecords } from "../silver/dead-letter-table.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import { openEmbeddedLog } from "../sources/embedded-log/embedded-log.ts";
import { openKafkaLog } from "../sources/kafka/kafka-log.ts";
import { FolderObjectStore } from "../state/folder-object-store.ts";
import { FolderSpill } from "../state/spill.ts";
import { Lake } from "./lake.ts";

const APPLICATION = "gdelt-silver";
const GENERATION = 1;
const MIB = 1024 * 1024;

/** How long, in event time, a table may lag behind without losing rows. */
const SINK_RETENTION_MS = 14 * 24 * 3_600_000;

/** Cache of state that has left memory, per store. */
const SPILL_CACHE_BYTES = 4 * MIB;

export interface SessionOptions {
  /** Of the tables. */
  readonly folder: string;
  /** Brokers of the log, `host:port` each; null for a log of its own in the folder. */
  readonly kafka: readonly string[] | null;
  /** Names of the feeds that are followed. */
  readonly feeds: readonly string[];
  /** Of each topic but `gdelt.slices`. */
  readonly partitions: number;
  /** How long an event waits for its mentions, in event time. */
  readonly retentionMs: number;
  /** Keep the feeds as published too. */
  readonly bronze: boolean;
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
 * `.gdelt-streams` (checkpoints, cold state, the log unless that is on Kafka). What was interrupted
 * goes on from what is found there.
 */
export async function openSession(options: SessionOptions, clock: Clock): Promise<Session> {
  const { folder, partitions, retentionMs, feeds, bronze, commit, retry, onEvent } = options;
  const work = path.join(folder, ".gdelt-streams");
  const log =
    options.kafka === null
      ? await openEmbeddedLog({ folder: path.join(work, "log") })
      : await openKafkaLog({ brokers: options.kafka, clock });
  try {
    const store = new FolderObjectStore(folder);
    const topology = silverTopology({
      ...SILVER_DEFAULTS,
      feeds,
      eventRetentionMs: retentionMs,
      bronze,
      mart: false,
    });
    const lake = await Lake.open(store, topology, {
      application: APPLICATION,
      generation: GENERATION,
      clock,
    });
    await log.createTopics([{ name: SLICES_TOPIC, partitions: 1, retention: "forever" }]);
    const thread = await openStreams(
      {
        applicationId: APPLICATION,
        generation: GENERATION,
        topology,
        log,
        clock,
        checkpoints: new FolderObjectStore(path.join(work, "checkpoints")),
        openSpill: (name) => new FolderSpill(path.join(work, "spill", name), SPILL_CACHE_BYTES),
        openTable: (node, topic, partition) => lake.sink(node, topic, partition),
        sliceMemoryMs: 2 * retentionMs,
        fetchBytesMax: 4 * MIB,
        commit,
        retry,
        ...(onEvent && { onEvent }),
      },
      {
        partitions,
        sourceRetention: retentionMs,
        sinkRetention: Math.max(retentionMs, SINK_RETENTION_MS),
      },
    );
    const publisher = await SlicePublisher.open(log, {
      application: APPLICATION,
      feeds,
      partitions,
      retentionMs,
      deadLetter: (file) => [
        { topic: DEAD_LETTER_TOPIC, control: null, ...rejectedFileRecords(file, clock) },
      ],
    });
    return {
      log,
      thread,
      publisher,
      lake,
      close: async () => {
        thread.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

export function feedsFor(translation: boolean): string[] {
  const english = ["events", "mentions", "gkg"];
  return translation ? [...english, ...english.map((feed) => `${feed}.translation`)] : english;
}
