import { ConfigError } from "../record/errors.ts";
import type { SubTopology } from "../topology/topology.ts";
import type { SharedTask } from "./assignor.ts";
import { TableTask } from "./table-task.ts";
import { Task } from "./task.ts";
import type { RuntimeConfig } from "./task-config.ts";

/** One of the pieces that the work of a topology is shared out in. */
export interface PlannedTask {
  /** Sub-topology and partition, as in `0_3`. */
  readonly id: string;
  readonly subTopology: SubTopology;
  readonly partition: number;
}

/** All tasks of a topology over topics of so many partitions, tables among them. */
export class TaskPlan {
  readonly tasks: ReadonlyMap<string, PlannedTask>;
  readonly #config: RuntimeConfig;
  readonly #partitions: ReadonlyMap<string, number>;

  /** @throws ConfigError when topics that are joined differ in their number of partitions. */
  constructor(config: RuntimeConfig, partitions: ReadonlyMap<string, number>) {
    this.#config = config;
    this.#partitions = partitions;
    const planned = config.topology.subTopologies.flatMap((subTopology) =>
      Array.from({ length: taskCount(subTopology, partitions) }, (_, partition) => ({
        id: `${subTopology.id}_${partition}`,
        subTopology,
        partition,
      })),
    );
    this.tasks = new Map(planned.map((task) => [task.id, task]));
  }

  /** What the assignor has to know of them. */
  get shared(): readonly SharedTask[] {
    const tasks = [...this.tasks.values()];
    return tasks.map(({ id, subTopology }) => ({ id, stateful: subTopology.stores.length > 0 }));
  }

  /** A task, not yet open. */
  create(id: string): Task | TableTask {
    const planned = this.tasks.get(id);
    if (planned === undefined) throw new TypeError(`there is no task ${id} in this topology`);
    const { subTopology, partition } = planned;
    const table = subTopology.nodes.find((node) => node.kind === "table");
    if (table !== undefined) {
      const { name: node, topic } = table;
      return new TableTask(this.#config, { subTopology: subTopology.id, node, topic, partition });
    }
    return new Task(this.#config, subTopology, partition, this.#partitions, (topic) =>
      this.#upstreamTasks(topic),
    );
  }

  /** The tasks that write into a repartition topic; each has to close a slice before it is closed. */
  #upstreamTasks(topic: string): string[] {
    return [...this.tasks.values()]
      .filter(({ subTopology: { nodes } }) =>
        nodes.some((node) => node.kind === "sink" && node.topic === topic),
      )
      .map(({ id }) => id);
  }
}

/** Co-partitioned inputs have as many tasks as partitions, and must agree about them. */
function taskCount({ id, nodes }: SubTopology, partitions: ReadonlyMap<string, number>): number {
  const topics = nodes.flatMap((n) => (n.kind === "source" || n.kind === "table" ? [n.topic] : []));
  const counts = topics.map((topic) => partitions.get(topic)!);
  if (new Set(counts).size > 1) {
    const list = topics.map((topic, i) => `${topic} ${counts[i]}`).join(", ");
    throw new ConfigError(
      `the inputs of sub-topology ${id} are joined by partition but differ in their number ` +
        `(${list}): recreate one of them, or read it through a repartition`,
    );
  }
  return counts[0]!;
}
