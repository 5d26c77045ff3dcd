import { ConfigError } from "../record/errors.ts";
import { partitionName } from "../record/record-batch.ts";
import { Checkpointer } from "../state/checkpointer.ts";
import { KeyValueStore } from "../state/key-value-store.ts";
import type { ObjectStore } from "../state/object-store.ts";
import type { Spill } from "../state/slab.ts";
import type { Store } from "../state/store.ts";
import { WindowStore } from "../state/window-store.ts";
import type { ProcessorNode, SubTopology } from "../topology/topology.ts";
import type { TaskStart } from "./begin-generation.ts";
import { checkpointsOf, type Generation } from "./generation.ts";
import { mergeTrackers } from "./merge-trackers.ts";
import { type Savepoint, savedFolder } from "./savepoint.ts";
import type { StandingApplication } from "./standing-application.ts";
import { NO_CHECKPOINT, type TaskMeta } from "./task-checkpoint.ts";

/** Where the state is cut anew, and what takes it up. */
export interface StateSplit {
  readonly app: StandingApplication;
  readonly savepoint: Savepoint;
  /** Where the savepoint lies. */
  readonly from: ObjectStore;
  readonly next: Generation;
  readonly partitions: number;
  readonly openSpill: (name: string) => Spill;
}

/**
 * Checks that every step with stores says how to share them out, and that the producer is one who can
 * be told where to put rows. @throws ConfigError
 */
export function mustBeSplittable({ topology }: StandingApplication): void {
  const others = topology.subTopologies
    .flatMap(({ nodes }) => nodes)
    .find((node) => node.kind === "source" && node.completeness.markers === "none");
  if (others !== undefined) {
    throw new ConfigError(
      `${others.name} reads a topic that others fill, who decide on its partitions: add partitions ` +
        "to it, and reset the application",
    );
  }
  for (const { nodes, stores } of topology.subTopologies) {
    const shared = new Set(splitting(nodes).flatMap((node) => node.stores));
    const left = stores.find(({ name }) => !shared.has(name));
    if (left === undefined) continue;
    throw new ConfigError(
      `store ${left.name} cannot be shared out: the step that uses it has no "split". ` +
        "Reset the application instead, or give the step one",
    );
  }
}

const splitting = (nodes: SubTopology["nodes"]): ProcessorNode[] =>
  nodes.filter(
    (node): node is ProcessorNode =>
      node.kind === "processor" && node.operator.split !== undefined && node.stores.length > 0,
  );

/**
 * Stores the checkpoints of the tasks of another number of partitions, made from those of a
 * savepoint. One old task after the other is taken up and shared out, so that memory holds little
 * more than what the stores may keep there.
 */
export async function splitSavepoint(split: StateSplit): Promise<TaskStart[]> {
  const starts: TaskStart[] = [];
  for (const subTopology of split.app.topology.subTopologies) {
    const topics = subTopology.nodes.flatMap((node) => (node.kind === "source" ? node.topic : []));
    if (topics.length === 0) continue;
    const checkpoints = await new SubTopologySplit(split, subTopology).run();
    for (const [partition, metadata] of checkpoints.entries()) {
      const offsets = topics.map((topic) => {
        const at = { topic, partition };
        return { ...at, offset: split.next.floor[partitionName(at)] ?? 0, metadata };
      });
      starts.push({ task: `${subTopology.id}_${partition}`, offsets });
    }
  }
  return starts;
}

interface SplitTask {
  readonly stores: readonly Store[];
  readonly checkpointer: Checkpointer<TaskMeta>;
}

class SubTopologySplit {
  private readonly split: StateSplit;
  private readonly subTopology: SubTopology;
  private readonly metas: TaskMeta[] = [];

  constructor(split: StateSplit, subTopology: SubTopology) {
    this.split = split;
    this.subTopology = subTopology;
  }

  /** The ids of the new checkpoints, by partition. */
  async run(): Promise<readonly string[]> {
    const { savepoint, partitions } = this.split;
    const tasks = Array.from({ length: partitions }, (_, partition) => this.newTask(partition));
    let ids = tasks.map(() => NO_CHECKPOINT);
    for (let partition = 0; partition < savepoint.partitions; partition++) {
      if (!(await this.takeUp(partition, tasks))) continue;
      ids = await Promise.all(tasks.map((task, at) => this.cut(task, at)));
    }
    for (const { stores } of tasks) close(stores);
    return ids;
  }

  private newTask(partition: number): SplitTask {
    const { app, next } = this.split;
    const task = this.taskName(partition);
    const folder = `${checkpointsOf(app.applicationId, next.generation)}/${task}`;
    return {
      stores: this.openStores(`to-${task}`),
      checkpointer: new Checkpointer(app.checkpoints, folder, task),
    };
  }

  private taskName(partition: number): string {
    return `${this.subTopology.id}_${partition}`;
  }

  private openStores(of: string): Store[] {
    return this.subTopology.stores.map((spec) =>
      spec.kind === "key-value"
        ? new KeyValueStore(spec)
        : new WindowStore(spec, this.split.openSpill(`${of}-${spec.name}`)),
    );
  }

  /** Shares an old task out; false when it had no state yet. */
  private async takeUp(partition: number, to: readonly SplitTask[]): Promise<boolean> {
    const { savepoint, from } = this.split;
    const task = this.taskName(partition);
    const id = savepoint.tasks[task]?.[0]?.metadata;
    if (id === undefined) {
      throw new ConfigError(`savepoint "${savepoint.name}" has no task ${task}: it is damaged`);
    }
    if (id === NO_CHECKPOINT) return false;
    const stores = this.openStores(`from-${task}`);
    const saved = new Checkpointer<TaskMeta>(from, savedFolder(savepoint, task), task);
    this.metas.push(await saved.restore(id, stores));
    for (const { operator } of splitting(this.subTopology.nodes)) {
      operator.split!(
        storesOf(stores),
        to.map((each) => storesOf(each.stores)),
      );
    }
    close(stores);
    return true;
  }

  private async cut({ stores, checkpointer }: SplitTask, partition: number): Promise<string> {
    const id = await checkpointer.cut(stores, this.meta(partition));
    for (const store of stores) store.committed();
    await checkpointer.committed();
    return id;
  }

  /** Counters are sums over all tasks: the first of the new ones goes on with them. */
  private meta(partition: number): TaskMeta {
    const counters: Record<string, number> = {};
    for (const meta of partition === 0 ? this.metas : []) {
      for (const [name, count] of Object.entries(meta.counters)) {
        counters[name] = (counters[name] ?? 0) + count;
      }
    }
    const trackers = this.metas.map(({ tracker }) => tracker);
    return { tracker: mergeTrackers(trackers, this.renumber), counters, sent: {} };
  }

  /** A closer is `topic|feed`, or `topic|task`, or the topic alone where record time decides. */
  private readonly renumber = (closer: string): string[] => {
    const { app, partitions } = this.split;
    const [topic, from] = closer.split("|") as [string, string?];
    if (from === undefined || !app.topology.repartitionTopics.includes(topic)) return [closer];
    const upstream = from.slice(0, from.lastIndexOf("_"));
    return Array.from({ length: partitions }, (_, p) => `${topic}|${upstream}_${p}`);
  };
}

const close = (stores: readonly Store[]): void => {
  for (const store of stores) store.close();
};

const storesOf =
  (stores: readonly Store[]) =>
  <S extends Store>(name: string): S =>
    stores.find((store) => store.name === name) as unknown as S;
