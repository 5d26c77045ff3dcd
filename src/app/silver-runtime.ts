import { feedNamed } from "../gdelt/feeds.ts";
import { announcedPartitions } from "../ingest/slice-publisher.ts";
import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { currentGeneration, type Generation } from "../runtime/generation.ts";
import { GenerationLog } from "../runtime/generation-log.ts";
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
import type { Topology } from "../topology/topology.ts";
import { Lake } from "./lake.ts";
import type { Mart } from "./mart.ts";
import {
  createPublishedTopics,
  createSlicesTopic,
  type Publishing,
  sinkRetention,
} from "./publishing.ts";

/** Part of the names under which tables keep their positions: those outlive every generation. */
export const TABLES_GENERATION = 1;

const FETCH_BYTES_MAX = 4 * 1024 * 1024;

export interface SilverOptions extends Publishing {
  /** Names the group, the producers, the checkpoints, and the positions in the tables. */
  readonly application: string;
  /** How the raw topics are filled, where it is not by our own producer. */
  readonly source?: SourceOptions;
  /** false: what is joined goes into topics, and no further. */
  readonly lake?: boolean;
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

export const topologyOf = (
  {
    feeds,
    retentionMs,
    lake = SILVER_DEFAULTS.lake,
    bronze,
    source = SOURCE_DEFAULTS,
  }: Pick<SilverOptions, "feeds" | "retentionMs" | "lake" | "bronze" | "source">,
  mart: boolean,
): Topology =>
  silverTopology({
    ...SILVER_DEFAULTS,
    feeds,
    source,
    eventRetentionMs: retentionMs,
    lake,
    bronze,
    mart,
  });

export const openLake = (
  tables: ObjectStore,
  topology: Topology,
  application: string,
  clock: Clock,
): Promise<Lake> =>
  Lake.open(tables, topology, { application, generation: TABLES_GENERATION, clock });

/** @throws ConfigError when rows would be put where no task reads them, or tasks wait for none. */
async function mustAgree(
  log: Log,
  { partitions: used }: Generation,
  { feeds, partitions }: Publishing,
): Promise<void> {
  const announced = await announcedPartitions(log);
  if (announced !== null && announced !== partitions) {
    throw new ConfigError(
      `slices are published to ${announced} partitions, and the application runs on ` +
        `${partitions}: a rescale was interrupted, do it again`,
    );
  }
  // Once the number was changed there may be more, and it is not the configuration that says it.
  if (used !== null) return;
  for (const topic of new Set(feeds.map((feed) => feedNamed(feed).topic))) {
    const found = await log.partitions(topic);
    if (found === partitions) continue;
    throw new ConfigError(
      `topic ${topic} has ${found} partitions, and the application is configured for ${partitions}: ` +
        "configure it as it was begun; rescale changes the number",
    );
  }
}

/** Topics that others fill are as they have made them. */
async function prepareTopics(
  log: Log,
  current: Generation,
  publishing: Publishing,
  source: SourceOptions,
): Promise<void> {
  if (!source.keyed || source.markers !== "required") return await createSlicesTopic(log);
  await createPublishedTopics(log, publishing);
  await mustAgree(log, current, publishing);
}

/** Connects the topology with its places; makes tables and topics, as far as they are missing. */
export async function silverRuntime(
  options: SilverOptions,
  places: SilverPlaces,
  clock: Clock,
): Promise<SilverRuntime> {
  const { application, feeds, retentionMs, commit, retry, onEvent } = options;
  const { source = SOURCE_DEFAULTS } = options;
  const { mart, tables, checkpoints, openSpill } = places;
  const topology = topologyOf(options, mart !== null);
  const current = await currentGeneration(checkpoints, application);
  const log = new GenerationLog(places.log, topology, current);
  const partitions = current.partitions ?? options.partitions;
  // Store and broker are asked at the same time: who starts anew has rows waiting for it.
  const [lake] = await Promise.all([
    openLake(tables, topology, application, clock),
    prepareTopics(log, current, { feeds, partitions, retentionMs }, source),
  ]);
  const config: RuntimeConfig = {
    applicationId: application,
    generation: current.generation,
    stateSince: current.stateSince,
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
