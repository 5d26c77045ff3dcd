import { rekeyedTopics } from "../topology/rekeyed-topics.ts";
import { topicsOf } from "../topology/topology.ts";
import type { GroupOptions } from "./group-tasks.ts";
import type { TopicSpec } from "./ports.ts";
import { StreamThread } from "./stream-thread.ts";
import type { RuntimeConfig } from "./task-config.ts";
import { TaskPlan } from "./task-plan.ts";

/** How topics are made that do not exist yet. */
export interface TopicDefaults {
  readonly partitions: number;
  /** Of topics that are only read. Repartition topics keep what is not consumed. */
  readonly sourceRetention: TopicSpec["retention"];
  /** Of topics that are written: longer than any of their readers may be away. */
  readonly sinkRetention: TopicSpec["retention"];
}

/** Creates the topics a topology needs, and one thread with all of its tasks, open. */
export async function openStreams(
  config: RuntimeConfig,
  defaults: TopicDefaults,
): Promise<StreamThread> {
  const plan = new TaskPlan(config, await prepareTopics(config, defaults));
  const thread = new StreamThread(config, plan, null);
  await thread.open();
  return thread;
}

/** Creates the topics a topology needs, and a thread which gets its tasks from the group. */
export async function joinStreams(
  config: RuntimeConfig,
  defaults: TopicDefaults,
  options: GroupOptions,
): Promise<StreamThread> {
  const plan = new TaskPlan(config, await prepareTopics(config, defaults));
  return new StreamThread(config, plan, options);
}

async function prepareTopics(
  { topology, log, onEvent }: RuntimeConfig,
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
  for (const each of rekeyedTopics(topology)) onEvent?.({ kind: "re-keys", ...each });
  return counts;
}
