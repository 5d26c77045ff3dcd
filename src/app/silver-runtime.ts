import type { Clock } from "../record/clock.ts";
import type { Log } from "../runtime/ports.ts";
import type { TopicDefaults } from "../runtime/streams.ts";
import type {
  CommitPolicy,
  RetryPolicy,
  RuntimeConfig,
  RuntimeEvent,
} from "../runtime/task-config.ts";
import { SOURCE_DEFAULTS, type SourceOptions } from "../silver/feed-source.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Spill } from "../state/slab.ts";
import { Lake } from "./lake.ts";
import type { Mart } from "./mart.ts";
import {
  createPublishedTopics,
  createSlicesTopic,
  type Publishing,
  sinkRetention,
} from "./publishing.ts";

export const GENERATION = 1;

const FETCH_BYTES_MAX = 4 * 1024 * 1024;

export interface SilverOptions extends Publishing {
  /** Names the group, the producers, the checkpoints, and the positions in the tables. */
  readonly application: string;
  /** How the raw topics are filled, where it is not by our own producer. */
  readonly source?: SourceOptions;
  /** Keep the feeds as published too. */
  readonly bronze: boolean;
  readonly commit: CommitPolicy;
  readonly retry: RetryPolicy;
  readonly onEvent?: ((event: RuntimeEvent) => void) | undefined;
}

/** What the topology is connected to, open. */
export interface SilverPlaces {
  readonly log: Log;
  readonly mart: Mart | null;
  readonly tables: ObjectStore;
  readonly checkpoints: ObjectStore;
  readonly openSpill: (name: string) => Spill;
}

/** All that a thread of the Silver topology needs. */
export interface SilverRuntime {
  readonly config: RuntimeConfig;
  readonly topics: TopicDefaults;
  readonly lake: Lake;
}

/** Connects the topology with its places; makes tables and topics, as far as they are missing. */
export async function silverRuntime(
  options: SilverOptions,
  places: SilverPlaces,
  clock: Clock,
): Promise<SilverRuntime> {
  const { application, feeds, partitions, retentionMs, bronze, commit, retry, onEvent } = options;
  const { source = SOURCE_DEFAULTS } = options;
  const { log, mart, tables, checkpoints, openSpill } = places;
  const topology = silverTopology({
    ...SILVER_DEFAULTS,
    feeds,
    source,
    eventRetentionMs: retentionMs,
    bronze,
    mart: mart !== null,
  });
  const lake = await Lake.open(tables, topology, { application, generation: GENERATION, clock });
  // Topics that others fill are as they have made them.
  const isOurs = source.keyed && source.markers === "required";
  await (isOurs
    ? createPublishedTopics(log, { feeds, partitions, retentionMs })
    : createSlicesTopic(log));
  const config: RuntimeConfig = {
    applicationId: application,
    generation: GENERATION,
    topology,
    log,
    clock,
    checkpoints,
    openSpill,
    openTable: (node, topic, partition) =>
      mart?.sink(node, topic, partition) ?? lake.sink(node, topic, partition),
    sliceMemoryMs: 2 * retentionMs,
    fetchBytesMax: FETCH_BYTES_MAX,
    commit,
    retry,
    ...(onEvent && { onEvent }),
  };
  const topics = {
    partitions,
    sourceRetention: retentionMs,
    sinkRetention: sinkRetention(retentionMs),
  };
  return { config, topics, lake };
}
