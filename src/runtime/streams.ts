import { ConfigError } from "../record/errors.ts";
import { rekeyedTopics } from "../topology/rekeyed-topics.ts";
import { type SubTopology, topicsOf } from "../topology/topology.ts";
import type { TopicSpec } from "./ports.ts";
import { StreamThread } from "./stream-thread.ts";
import { TableTask } from "./table-task.ts";
import { Task } from "./task.ts";
import type { RuntimeConfig } from "./task-config.ts";

/** How topics are made that do not exist yet. */
export interface TopicDefaults {
  readonly partitions: number;
  /** Of topics that are only read. Repartition topics keep what is not consumed. */
  readonly sourceRetention: TopicSpec["retention"];
  /** Of topics that are written: longer than any of their readers may be away. */
  readonly sinkRetention: TopicSpec["retention"];
}

/** Creates the topics a topology needs, and one thread with all of its tasks. */
export async function openStreams(
  config: RuntimeConfig,
  defaults: TopicDefaults,
): Promise<StreamThread> {
  const partitions = await prepareTopics(config, defaults);
  for (const each of rekeyedTopics(config.topology)) config.onEvent?.({ kind: "re-keys", ...each });
  const tasks: Task[] = [];
  const tables: TableTask[] = [];
  for (const sub of config.topology.subTopologies) {
    const count = taskCount(sub, partitions);
    const table = sub.nodes.find((node) => node.kind === "table");
    for (let partition = 0; partition < count; partition++) {
      if (table === undefined) {
        tasks.push(
          new Task(config, sub, partition, partitions, (topic) =>
            upstreamTasks(config, partitions, topic),
          ),
        );
      } else {
        const { name: node, topic } = table;
        tables.push(new TableTask(config, { subTopology: sub.id, node, topic, partition }));
      }
    }
  }
  const thread = new StreamThread(config, tasks, tables);
  await thread.open();
  return thread;
}

async function prepareTopics(
  { topology, log }: RuntimeConfig,
  { partitions, sourceRetention, sinkRetention }: TopicDefaults,
): Promise<ReadonlyMap<string, number>> {
  const { sources, sinks } = topicsOf(topology);
  const dead = topology.deadLetters === null ? [] : [topology.deadLetters.topic];
  const names = [...new Set([...sources, ...sinks, ...dead])];
  const counts = new Map<string, number>();
  const specs: TopicSpec[] = [];
  for (const name of names) {
    const existing = await log.partitions(name);
    const count = existing === 0 ? partitions : existing;
    counts.set(name, count);
    const written = sinks.includes(name) || dead.includes(name);
    const kept = written ? sinkRetention : sourceRetention;
    const internal = topology.repartitionTopics.includes(name);
    // Of those which exist, only ours are our business; a log may have to be told again that it
    // may delete what has been consumed.
    if (existing > 0 && !internal) continue;
    specs.push({ name, partitions: count, retention: internal ? "consumed" : kept });
  }
  await log.createTopics(specs);
  return counts;
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

/** The tasks that write into a repartition topic; each has to close a slice before it is closed. */
function upstreamTasks(
  { topology }: RuntimeConfig,
  partitions: ReadonlyMap<string, number>,
  topic: string,
): string[] {
  return topology.subTopologies
    .filter((sub) => sub.nodes.some((node) => node.kind === "sink" && node.topic === topic))
    .flatMap((sub) =>
      Array.from({ length: taskCount(sub, partitions) }, (_, p) => `${sub.id}_${p}`),
    );
}
