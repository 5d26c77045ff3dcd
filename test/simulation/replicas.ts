import type { Random } from "../../src/ingest/slice-generator/random.ts";
import type { Clock } from "../../src/record/clock.ts";
import { stickyAssignor } from "../../src/runtime/assignor.ts";
import type { Log } from "../../src/runtime/ports.ts";
import { StandbyTask } from "../../src/runtime/standby-task.ts";
import type { StreamThread } from "../../src/runtime/stream-thread.ts";
import { joinStreams, type TopicDefaults } from "../../src/runtime/streams.ts";
import { Task } from "../../src/runtime/task.ts";
import type { RuntimeConfig } from "../../src/runtime/task-config.ts";
import { MemoryGroups } from "../../src/sources/memory-groups.ts";
import { CachedObjectStore } from "../../src/state/cached-object-store.ts";
import { localCheckpoints } from "../../src/state/local-checkpoints.ts";
import { MemoryObjectStore } from "../../src/state/memory-object-store.ts";
import type { ObjectStore } from "../../src/state/object-store.ts";
import { topicsOf } from "../../src/topology/topology.ts";
import { mustBeExpected, settle } from "./ending.ts";
import { Life } from "./faults.ts";
import type { RunSpec } from "./world.ts";

/** A replica that is silent for longer has lost its tasks. */
const SESSION_MS = 5000;
/** Small, so that some copies are not there. */
const COPIES_BYTES_MAX = 20_000;

/** What replicas need of the world. */
export interface ReplicasNeed {
  readonly random: Random;
  readonly clock: Clock;
  /** Nothing fails in it, and nobody waits. */
  readonly log: Log;
  /** Time passes. */
  readonly wait: (ms: number) => void;
  readonly configure: (life: Life) => Promise<{ config: RuntimeConfig; defaults: TopicDefaults }>;
  readonly isPublished: () => boolean;
}

/** Processes that share the tasks: each dies, stands still, leaves and comes back. */
export class Replicas {
  private readonly run: RunSpec;
  private readonly world: ReplicasNeed;
  private readonly groups: MemoryGroups;
  private readonly disks = new Map<string, ObjectStore>();
  private readonly threads = new Map<string, StreamThread>();
  /** All that the topology reads or writes. */
  private topics: readonly string[] = [];
  /** The tasks when all was done; null: it is not yet. */
  private finished: readonly Task[] | null = null;

  constructor(run: RunSpec, world: ReplicasNeed) {
    this.run = run;
    this.world = world;
    this.groups = new MemoryGroups(world.clock, SESSION_MS);
  }

  /** Runs until everything has been published and read; every task, where it was open then. */
  async toEnd(): Promise<readonly Task[]> {
    const names = Array.from({ length: this.run.replicas }, (_, number) => `replica ${number}`);
    await Promise.all(names.map((name) => this.supervise(name)));
    return this.finished!;
  }

  /** Starts a replica anew whenever it ends, until all is done. */
  private async supervise(name: string): Promise<void> {
    for (let number = 1; this.finished === null; number++) {
      const life = new Life(`${name} ${number}`, () => this.pause());
      const ended = await settle(this.live(name, life));
      life.dead = true;
      this.threads.delete(name);
      // That others have its tasks is nothing a replica may die of.
      if (ended.error !== undefined) mustBeExpected(ended.error, false);
    }
  }

  /** Long enough for the others to take over; they may not have noticed all the same. */
  private async pause(): Promise<void> {
    const turns = this.world.random.pick([100, 1000, 4000]);
    for (let turn = 0; turn < turns; turn++) {
      this.world.wait((1.5 * SESSION_MS) / turns);
      await null;
    }
  }

  private async live(process: string, life: Life): Promise<void> {
    const { random, wait, isPublished } = this.world;
    const { defaults, config: apart } = await this.world.configure(life);
    const copies = await this.copies(process, apart.checkpoints);
    const config = { ...apart, checkpoints: copies };
    const { sources, sinks } = topicsOf(config.topology);
    this.topics = [...new Set([...sources, ...sinks])];
    const thread = await joinStreams(config, defaults, {
      groups: this.groups,
      process,
      assignor: (plan, topology) =>
        stickyAssignor({ tasks: plan.shared, topology, standbyReplicas: this.run.standbys }),
      local: () => localCheckpoints(copies.copies(), config.applicationId, config.generation),
      standby: (task) => new StandbyTask(config, task, { copies, intervalMs: 100 }),
    });
    await thread.open();
    this.threads.set(process, thread);
    while (this.finished === null) {
      const published = isPublished();
      if (random.chance(this.run.restarts)) return await thread.shutdown();
      if (await thread.runOnce()) continue;
      // Time passes for who has nothing to do too: the session of another may have to run out.
      wait(random.below(20));
      await null;
      if (!published) continue;
      life.isPatient = true;
      await thread.runUntilIdle();
      life.isPatient = false;
      await this.checkFinished();
    }
  }

  /** The local disk of a process outlives it. */
  private copies(process: string, remote: ObjectStore): Promise<CachedObjectStore> {
    const local = this.disks.get(process) ?? new MemoryObjectStore(this.world.clock);
    this.disks.set(process, local);
    return CachedObjectStore.open({ remote, local, bytesMax: COPIES_BYTES_MAX });
  }

  /** Whether every task is open somewhere, has read everything and committed it. */
  private async checkFinished(): Promise<void> {
    const threads = [...this.threads.values()];
    const runners = threads.flatMap(({ tasks, tables }) => [...tasks, ...tables]);
    const { shared } = threads[0]!.plan;
    // One that is lost and does not know has what another has too.
    const ids = runners.map(({ id }) => id);
    if (ids.length !== shared.length || new Set(ids).size < shared.length) return;
    const ends = await this.ends();
    const lags = await Promise.all(runners.map((runner) => settle(runner.lag())));
    if (lags.some(({ value }) => value !== 0) || runners.some(({ isDirty }) => isDirty)) return;
    // Whoever was dirty when the first was asked may have given it something to read since.
    if ((await this.ends()) !== ends) return;
    this.finished ??= runners.filter((runner) => runner instanceof Task);
  }

  /** How much has been written to the log. */
  private async ends(): Promise<number> {
    const { log } = this.world;
    let ends = 0;
    for (const topic of this.topics) {
      for (let partition = 0; partition < (await log.partitions(topic)); partition++) {
        ends += (await log.bounds({ topic, partition })).end;
      }
    }
    return ends;
  }
}
