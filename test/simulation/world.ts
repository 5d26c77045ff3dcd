import { SLICE_MS, SLICES_TOPIC } from "../../src/gdelt/feeds.ts";
import { decodeEntries, type LogEntry } from "../../src/ingest/slice-entry.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import type { RecordBatch, TopicPartition } from "../../src/record/record-batch.ts";
import { currentGeneration } from "../../src/runtime/generation.ts";
import { GenerationLog } from "../../src/runtime/generation-log.ts";
import type { Log } from "../../src/runtime/ports.ts";
import type { StandingApplication } from "../../src/runtime/standing-application.ts";
import { openStreams } from "../../src/runtime/streams.ts";
import type { Task } from "../../src/runtime/task.ts";
import type { CommittedTask } from "../../src/runtime/task-checkpoint.ts";
import type { CommitPolicy, RuntimeConfig } from "../../src/runtime/task-config.ts";
import { DEAD_LETTER_TOPIC, rejectedFileRecords } from "../../src/silver/dead-letter-table.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import { type Intercept, InterceptedLog } from "../../src/testing/intercepted-log.ts";
import { InterceptedObjectStore } from "../../src/testing/intercepted-object-store.ts";
import { MemorySpill } from "../../src/testing/memory-spill.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { checkBronze } from "./bronze-contents.ts";
import { type Contents, contentsOf } from "./contents.ts";
import { mustBeExpected, settle } from "./ending.ts";
import { Crashed, type Fault, Faults, Life } from "./faults.ts";
import { MisplacingLog } from "./misplacing-log.ts";
import { Replicas, type ReplicasNeed } from "./replicas.ts";
import { makeScenario, type Scenario, type ScenarioSpec } from "./scenario.ts";
import type { Tables } from "./tables.ts";
import { contributions } from "./task-states.ts";

/** How the scenario is run. */
export interface RunSpec {
  readonly partitions: number;
  /** Processes that share the tasks; 0: one that has all of them. */
  readonly replicas: number;
  /** Replicas that hold the state of a task ready, beside the one that runs it. */
  readonly standbys: number;
  /** Share of the rounds after which a replica is stopped in an orderly way, and started again. */
  readonly restarts: number;
  /** Whether rows lie in the partitions of their keys; else all of them are in others. */
  readonly keyed: boolean;
  /** Chooses the turns of the actors, and how time passes. */
  readonly seed: number;
  /** Share of reads that find nothing yet. */
  readonly stalls: number;
  readonly fetchBytesMax: number;
  readonly commit: CommitPolicy;
  readonly storeBytesMax: number;
  readonly documentRetentionSlices: number;
  readonly faults: readonly Fault[];
}

/** What a test may plant: a log or an object store that does not keep its promises. */
export interface Sabotage {
  readonly log?: (log: Log) => Log;
  readonly checkpoints?: (checkpoints: ObjectStore) => ObjectStore;
}

/** What a run has come to. */
export interface Outcome {
  /** Sums over all tasks. */
  readonly counts: Readonly<Record<string, number>>;
  /** Rows that were published, by kind of feed. */
  readonly published: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly hits: readonly string[];
}

const CALLS_MAX = 100_000;
const APPLICATION = "simulated";
const RAW_TOPICS = ["gdelt.events", "gdelt.mentions", "gdelt.gkg", DEAD_LETTER_TOPIC];
const START_MS = Date.UTC(2024, 5, 1);

/**
 * Everything that outlives a process (log, checkpoints, tables), and the processes: a publisher, and
 * the streams with their tables. Both run at the same time on one queue of microtasks, so a run is
 * the same whenever it is repeated. Faults hit any call to what outlives them.
 */
export class World {
  private readonly scenario: Scenario;
  private readonly spec: ScenarioSpec;
  private readonly run: RunSpec;
  private readonly sabotage: Sabotage;
  private readonly tables: Tables;
  private readonly random: Random;
  private nowMs = START_MS;
  readonly clock = { nowMs: () => this.nowMs };
  private readonly log = new MemoryLog();
  private readonly checkpoints = new MemoryObjectStore(this.clock);
  private readonly objects = new MemoryObjectStore(this.clock);
  private readonly faults: Faults;
  private tasks: readonly Task[] = [];
  /** To which is published. */
  partitions: number;
  private published = false;
  private visit = 0;

  constructor(spec: ScenarioSpec, run: RunSpec, tables: Tables, sabotage: Sabotage = {}) {
    this.spec = spec;
    this.scenario = makeScenario(spec);
    this.run = run;
    this.partitions = run.partitions;
    this.tables = tables;
    this.sabotage = sabotage;
    this.random = new Random(run.seed, 11);
    this.faults = new Faults(run.faults, CALLS_MAX, () => this.pass());
  }

  /** Time passes, and others have their turn. */
  private async pass(): Promise<void> {
    const { random } = this;
    this.nowMs += random.chance(0.1) ? random.below(200) : 1;
    if (this.run.stalls > 0) for (let n = random.below(3); n > 0; n--) await null;
  }

  /** Runs until every slice has been published and every row has reached its table. */
  async toEnd(visits = this.scenario.visits): Promise<Outcome> {
    return this.outcome(await this.runThrough(visits, this.spec.close));
  }

  /** Runs until a share of the visits is through. */
  async upTo(share: number): Promise<void> {
    const { visits } = this.scenario;
    await this.runThrough(visits.slice(0, Math.round(share * visits.length)), false);
  }

  private async runThrough(visits: Scenario["visits"], isEnd: boolean): Promise<readonly Task[]> {
    await this.createTopics();
    this.published = false;
    const [tasks] = await Promise.all([
      this.run.replicas > 0
        ? new Replicas(this.run, this.replicasNeed()).toEnd()
        : this.supervise("streams", (life) => this.runStreams(life)),
      this.supervise("publisher", (life) => this.runPublisher(life, visits, isEnd)),
    ]);
    this.tasks = tasks;
    return tasks;
  }

  /** The application between two runs. */
  get standing(): StandingApplication {
    const { log, checkpoints } = this;
    return { applicationId: APPLICATION, topology: this.topology(), log, checkpoints };
  }

  /** What the tasks have committed in the last run. */
  get committed(): CommittedTask[] {
    return this.tasks.map((task) => task.committed);
  }

  /** What lies in the stores of the tasks after the last run. */
  state(): string[] {
    return contributions(this.tasks);
  }

  private async outcome(tasks: readonly Task[]): Promise<Outcome> {
    const counts: Record<string, number> = {};
    for (const task of tasks) {
      for (const [name, count] of Object.entries(task.counts)) {
        counts[name] = (counts[name] ?? 0) + count;
      }
    }
    const { calls, hits } = this.faults;
    return { counts, published: await this.publishedRows(), calls, hits };
  }

  plainVisits(): Scenario["visits"] {
    return this.scenario.plainVisits;
  }

  /** The current rows of the tables. */
  contents(): Promise<Contents> {
    return contentsOf((node) => this.tables.batches(node, this.objects));
  }

  /** Checks that Bronze, if there is one, has what was published. */
  async checkBronze(): Promise<void> {
    const { tables, scenario, objects } = this;
    if (!tables.bronze) return;
    await checkBronze(scenario, await this.entries(), (node) => tables.batches(node, objects));
  }

  private async createTopics(): Promise<void> {
    const { partitions } = this.run;
    if ((await this.log.partitions(SLICES_TOPIC)) > 0) return;
    const forever = "forever" as const;
    await this.log.createTopics([
      ...RAW_TOPICS.map((name) => ({ name, partitions, retention: forever })),
      { name: SLICES_TOPIC, partitions: 1, retention: forever },
    ]);
  }

  /** Starts a process anew whenever it ends badly, or beside one that only seems dead. */
  private async supervise<T>(name: string, work: (life: Life) => Promise<T>): Promise<T> {
    const zombies: Promise<unknown>[] = [];
    for (let number = 1; ; number++) {
      const life = new Life(`${name} ${number}`);
      const running = settle(work(life));
      const ended = await Promise.race([running, life.onReplaced.promise]);
      if (ended === undefined) {
        zombies.push(running.then((end) => end.error && mustBeExpected(end.error, true)));
        continue;
      }
      if (ended.error === undefined) {
        await Promise.all(zombies);
        return ended.value as T;
      }
      mustBeExpected(ended.error, zombies.length > 0);
    }
  }

  openPublisher(log: Log, partitions = this.run.partitions): Promise<SlicePublisher> {
    return SlicePublisher.open(log, {
      application: APPLICATION,
      feeds: this.scenario.feeds,
      partitions,
      retentionMs: this.spec.retentionSlices * SLICE_MS,
      deadLetter: (file) => [
        { topic: DEAD_LETTER_TOPIC, control: null, ...rejectedFileRecords(file, this.clock) },
      ],
    });
  }

  private async runPublisher(
    life: Life,
    visits: Scenario["visits"],
    isEnd: boolean,
  ): Promise<void> {
    const { read } = this.scenario;
    const raw = this.run.keyed ? this.log : new MisplacingLog(this.log, this.partitions);
    const log = new InterceptedLog(raw, this.faults.intercept(life));
    const publisher = await this.openPublisher(log);
    while (this.visit < visits.length) {
      const visit = this.visit;
      await publisher.publish(visits[visit]!, read);
      // A zombie may end a visit which its successor has begun: then both do it, to no effect.
      this.visit = Math.max(this.visit, visit + 1);
    }
    if (isEnd) await publisher.endOfStream();
    this.published = true;
  }

  private replicasNeed(): ReplicasNeed {
    return {
      random: this.random,
      clock: this.clock,
      log: this.log,
      wait: (ms) => {
        this.nowMs += ms;
      },
      configure: (life) => this.configure(life),
      isPublished: () => this.published,
    };
  }

  private async runStreams(life: Life): Promise<readonly Task[]> {
    const { defaults, config } = await this.configure(life);
    const thread = await openStreams(config, defaults);
    for (;;) {
      const { published } = this;
      const progressed = await thread.runOnce();
      if (life.replaced && !progressed) throw new Crashed(`${life.name} has been replaced`);
      if (!progressed && published) break;
      if (!progressed) await null;
    }
    life.isPatient = true;
    await thread.runUntilIdle();
    return thread.tasks;
  }

  private async configure(life: Life) {
    const { run, spec, sabotage } = this;
    const intercept = this.faults.intercept(life);
    const log = sabotage.log?.(this.log) ?? this.log;
    const checkpoints = sabotage.checkpoints?.(this.checkpoints) ?? this.checkpoints;
    const objects = new InterceptedObjectStore(this.objects, intercept);
    const retentionMs = spec.retentionSlices * SLICE_MS;
    const topology = this.topology();
    const current = await currentGeneration(this.checkpoints, APPLICATION);
    const sluggish = new SluggishLog(log, intercept, { run, random: this.random, life });
    const config: RuntimeConfig = {
      applicationId: APPLICATION,
      generation: current.generation,
      stateSince: current.stateSince,
      topology,
      log: new GenerationLog(sluggish, topology, current),
      clock: this.clock,
      checkpoints: new InterceptedObjectStore(checkpoints, intercept),
      openSpill: () => new MemorySpill(run.storeBytesMax),
      openTable: await this.tables.open(objects, intercept, this.clock),
      sliceMemoryMs: 2 * retentionMs,
      fetchBytesMax: run.fetchBytesMax,
      commit: run.commit,
      retry: {
        taskAttemptsMax: 5,
        tableAttemptsMax: 5,
        waitMs: 50,
        waitMsMax: 400,
        wait: async (ms) => {
          this.nowMs += ms;
        },
      },
    };
    return {
      config,
      defaults: {
        partitions: current.partitions ?? run.partitions,
        sourceRetention: "forever" as const,
        sinkRetention: "forever" as const,
      },
    };
  }

  private topology(): Topology {
    const { run, spec, scenario } = this;
    return silverTopology({
      feeds: scenario.feeds,
      source: { ...SILVER_DEFAULTS.source, keyed: run.keyed },
      sliceMs: SLICE_MS,
      eventRetentionMs: spec.retentionSlices * SLICE_MS,
      documentRetentionMs: run.documentRetentionSlices * SLICE_MS,
      lake: true,
      bronze: this.tables.bronze,
      mart: false,
    });
  }

  private async publishedRows(): Promise<Record<string, number>> {
    const rows: Record<string, number> = {};
    for (const entry of await this.entries()) {
      if (!("slice" in entry)) continue;
      const kind = entry.feed.split(".")[0]!;
      rows[kind] = (rows[kind] ?? 0) + entry.rows;
    }
    return rows;
  }

  private async entries(): Promise<LogEntry[]> {
    const entries: LogEntry[] = [];
    const at = { topic: SLICES_TOPIC, partition: 0 };
    const { end } = await this.log.bounds(at);
    for (let offset = 0; offset < end; ) {
      const batch = (await this.log.read(at, offset, 1 << 20))!;
      entries.push(...decodeEntries(batch));
      offset = batch.nextOffset;
    }
    return entries;
  }
}

/** A log whose reads bring more or less at a time, and now and then nothing yet. */
class SluggishLog extends InterceptedLog {
  private readonly options: {
    readonly run: RunSpec;
    readonly random: Random;
    readonly life: Life;
  };

  constructor(log: Log, intercept: Intercept, options: SluggishLog["options"]) {
    super(log, intercept);
    this.options = options;
  }

  override async read(
    at: TopicPartition,
    offset: number,
    bytesMax: number,
  ): Promise<RecordBatch | null> {
    const { run, random, life } = this.options;
    if (!life.isPatient && random.chance(run.stalls)) return null;
    return await super.read(at, offset, 1 + random.below(bytesMax));
  }
}
