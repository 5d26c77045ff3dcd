import { byteColumn } from "../operators/batch.ts";
import { ConfigError, RetriableError } from "../record/errors.ts";
import { partitionOf } from "../record/hash.ts";
import type { Records } from "../record/record-batch.ts";
import type { SliceEnd } from "../record/slice-end.ts";
import type { TransactionalProducer } from "../runtime/ports.ts";
import type { StreamThread } from "../runtime/stream-thread.ts";
import { openStreams } from "../runtime/streams.ts";
import type { CommitPolicy, RuntimeConfig } from "../runtime/task-config.ts";
import { MemoryLog } from "../sources/memory-log.ts";
import { MemoryObjectStore } from "../state/memory-object-store.ts";
import type { Store } from "../state/store.ts";
import type { SourceNode, Topology } from "../topology/topology.ts";
import { type Intercept, InterceptedLog } from "./intercepted-log.ts";
import { InterceptedObjectStore } from "./intercepted-object-store.ts";
import { MemorySpill } from "./memory-spill.ts";
import { MemoryTables, type TableRecord } from "./memory-table.ts";

export interface TestDriverOptions {
  /** Of every topic. */
  readonly partitions: number;
  /** Where the clock stands, milliseconds since the epoch. */
  readonly startMs: number;
  readonly generation?: number;
  /** By default tasks commit when a slice has closed, and when `run` has nothing left to do. */
  readonly commit?: Partial<CommitPolicy>;
}

/** A record to put into a topic. Text is UTF-8. */
export interface TestRecord {
  readonly key?: string | Uint8Array;
  readonly value: string | Uint8Array;
  /** Event time, milliseconds since the epoch. */
  readonly timestampMs: number;
  /** By default the one that Kafka's partitioner gives the key; 0 without a key. */
  readonly partition?: number;
}

/** A record found in a topic. */
export interface FoundRecord {
  readonly partition: number;
  readonly offset: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  readonly timestampMs: number;
}

export interface SliceCloseOptions {
  /** 1 unless the slice is closed again, after something came late. */
  readonly attempt?: number;
  /** Feeds that close it; all by default. */
  readonly feeds?: readonly string[];
  /** Feeds said to be missing in it. */
  readonly missing?: readonly string[];
}

/**
 * A step of the commit: `checkpoint` stores the state, `send` the output, `offsets` the positions;
 * `commit-before` and `commit-after` fail where the transaction ends, without and with its effect.
 */
export type CommitStep = "checkpoint" | "send" | "offsets" | "commit-before" | "commit-after";

const CALL_OF: Readonly<Record<CommitStep, string>> = {
  checkpoint: "store.put",
  send: "producer.send",
  offsets: "producer.sendOffsets",
  "commit-before": "producer.commit",
  "commit-after": "producer.commit",
};

const COMMIT: CommitPolicy = {
  closedMs: 0,
  intervalMs: Number.POSITIVE_INFINITY,
  outputBytesMax: Number.POSITIVE_INFINITY,
  tableBytesMax: Number.POSITIVE_INFINITY,
  tableIntervalMs: Number.POSITIVE_INFINITY,
};

/** As a program would do, but for the clock: it is moved on instead of waiting. */
const RETRY = { taskAttemptsMax: 5, tableAttemptsMax: 5, waitMs: 1, waitMsMax: 16 };

/**
 * Runs a topology in memory, step by step, for tests: with any number of partitions, a clock that
 * stands still, commits that fail where you say, and crashes.
 *
 *     const driver = await TopologyTestDriver.open(topology, { partitions: 3, startMs: 0 });
 *     await driver.pipe("orders", [{ key: "a", value: "1", timestampMs: 0 }]);
 *     await driver.closeSlice(0);
 *     await driver.run();
 *     assert.deepEqual(await driver.read("totals"), [...]);
 */
export class TopologyTestDriver {
  private readonly topology: Topology;
  private readonly options: TestDriverOptions;
  private nowMs: number;
  private readonly clock = { nowMs: () => this.nowMs };
  private readonly log = new MemoryLog();
  private readonly checkpoints = new MemoryObjectStore(this.clock);
  private readonly tables = new MemoryTables();
  private failure: CommitStep | null = null;
  private thread!: StreamThread;
  private producer!: TransactionalProducer;

  private constructor(topology: Topology, options: TestDriverOptions) {
    this.topology = topology;
    this.options = options;
    this.nowMs = options.startMs;
  }

  /** Makes the topics, and starts the tasks. */
  static async open(topology: Topology, options: TestDriverOptions): Promise<TopologyTestDriver> {
    const driver = new TopologyTestDriver(topology, options);
    await driver.start();
    driver.producer = await driver.log.producer("test-driver");
    return driver;
  }

  private async start(): Promise<void> {
    const { partitions, generation = 1, commit } = this.options;
    const intercept: Intercept = (call, work) => this.intercept(call, work);
    const config: RuntimeConfig = {
      applicationId: "test-driver",
      generation,
      topology: this.topology,
      log: new InterceptedLog(this.log, intercept),
      clock: this.clock,
      checkpoints: new InterceptedObjectStore(this.checkpoints, intercept),
      openSpill: () => new MemorySpill(),
      openTable: (node, topic, partition) => this.tables.sink(node, topic, partition, intercept),
      sliceMemoryMs: Number.POSITIVE_INFINITY,
      fetchBytesMax: 1 << 20,
      commit: { ...COMMIT, ...commit },
      retry: { ...RETRY, wait: async (ms) => this.advance(ms) },
    };
    this.thread = await openStreams(config, {
      partitions,
      sourceRetention: "forever",
      sinkRetention: "forever",
    });
  }

  private async intercept<T>(call: string, work: () => Promise<T>): Promise<T> {
    const step = this.failure;
    if (step === null || CALL_OF[step] !== call) return await work();
    this.failure = null;
    if (step === "commit-after") await work();
    throw new RetriableError(`failNextCommit: ${step}`);
  }

  /** Puts records into a topic, in this order in each partition. */
  async pipe(
    topic: string,
    records: readonly TestRecord[],
    headers: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const partitions = await this.log.partitions(topic);
    if (partitions === 0) throw new ConfigError(`the topology has no topic ${topic}`);
    const byPartition = Map.groupBy(records, (record) => partitionFor(record, partitions));
    for (const [partition, of] of byPartition) {
      // Keys are all there or not at all, as far as one batch goes.
      for (const run of runsBy(of, ({ key }) => key === undefined)) {
        await this.producer.send({ ...recordsOf(run), topic, partition, headers });
      }
    }
    await this.producer.commit();
  }

  /** Says in every source with end markers that a slice is complete. */
  async closeSlice(sliceMs: number, options: SliceCloseOptions = {}): Promise<void> {
    const { attempt = 1, feeds, missing = [] } = options;
    for (const { topic, completeness } of this.sources()) {
      if (!Array.isArray(completeness.markers)) continue;
      const closers: readonly string[] = completeness.markers;
      for (const from of closers.filter((feed) => feeds === undefined || feeds.includes(feed))) {
        const end: SliceEnd = { sliceMs, attempt, from, rows: 0, missing };
        for (let partition = 0; partition < (await this.log.partitions(topic)); partition++) {
          await this.producer.send({ ...recordsOf([]), topic, partition, control: end });
        }
      }
    }
    await this.producer.commit();
  }

  private sources(): SourceNode[] {
    const nodes = this.topology.subTopologies.flatMap((sub) => sub.nodes);
    return nodes.filter((node): node is SourceNode => node.kind === "source");
  }

  /** Moves the clock on: what waits for a time, or for an input to fall silent, sees it at `run`. */
  advance(ms: number): void {
    this.nowMs += ms;
  }

  /** Works until there is nothing left to read, and commits. */
  async run(): Promise<void> {
    await this.thread.runUntilIdle();
  }

  /** Fails the next commit of a task at this step, as a broker or store might. */
  failNextCommit({ at }: { readonly at: CommitStep }): void {
    this.failure = at;
  }

  /** Crashes, and starts again: what was not committed is gone. */
  async restart(): Promise<void> {
    this.thread.close();
    await this.start();
  }

  /** Every committed record of a topic, partition by partition in the order of their offsets. */
  async read(topic: string): Promise<FoundRecord[]> {
    const found: FoundRecord[] = [];
    for (let partition = 0; partition < (await this.log.partitions(topic)); partition++) {
      const at = { topic, partition };
      const { start, end } = await this.log.bounds(at);
      for (let offset = start; offset < end; ) {
        const batch = (await this.log.read(at, offset, Number.MAX_SAFE_INTEGER))!;
        const { bytes, starts, ends, keys, timestampsMs } = batch;
        for (let row = 0; row < batch.length; row++) {
          found.push({
            partition,
            offset: offset + row,
            key: keys === null ? null : keys.bytes.slice(keys.starts[row], keys.ends[row]),
            value: bytes.slice(starts[row], ends[row]),
            timestampMs: timestampsMs[row]!,
          });
        }
        offset = batch.nextOffset;
      }
    }
    return found;
  }

  /** What a table has taken, by the name of its node. */
  table(node: string): readonly TableRecord[] {
    return this.tables.records(node);
  }

  /** A store of a task (`<sub-topology>_<partition>`), with what is not yet committed. */
  store<S extends Store>(task: string, name: string): S {
    const { storeList } = this.thread.tasks.find(({ id }) => id === task) ?? { storeList: [] };
    const store = storeList.find((each) => each.name === name);
    if (store === undefined) throw new ConfigError(`there is no store ${name} in task ${task}`);
    return store as S;
  }

  /** The counters, summed over all tasks. */
  counts(): Readonly<Record<string, number>> {
    const sums: Record<string, number> = {};
    for (const { counts } of this.thread.tasks) {
      for (const [name, count] of Object.entries(counts)) sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  }

  close(): void {
    this.thread.close();
  }
}

const bytesOf = (text: string | Uint8Array): Uint8Array =>
  typeof text === "string" ? Buffer.from(text) : text;

function partitionFor({ key, partition }: TestRecord, partitions: number): number {
  if (partition !== undefined) return partition;
  if (key === undefined) return 0;
  const bytes = bytesOf(key);
  return partitionOf(bytes, 0, bytes.length, partitions);
}

/** Cuts a list where `trait` changes from one item to the next. */
function runsBy<T>(items: readonly T[], trait: (item: T) => boolean): T[][] {
  const runs: T[][] = [];
  for (const [i, item] of items.entries()) {
    if (i > 0 && trait(items[i - 1]!) === trait(item)) runs.at(-1)!.push(item);
    else runs.push([item]);
  }
  return runs;
}

function recordsOf(records: readonly TestRecord[]): Omit<Records, "topic" | "partition"> {
  const keyed = records.length > 0 && records[0]!.key !== undefined;
  return {
    ...byteColumn(records.map(({ value }) => bytesOf(value))),
    length: records.length,
    keys: keyed ? byteColumn(records.map(({ key }) => bytesOf(key!))) : null,
    timestampsMs: Float64Array.from(records, ({ timestampMs }) => timestampMs),
    ordinals: null,
    headers: {},
    control: null,
  };
}
