import { SLICES_TOPIC } from "../../../src/gdelt/feeds.ts";
import { partitionName } from "../../../src/record/record-batch.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../../src/silver/silver-topology.ts";
import type { KnownTask } from "../evidence.ts";

const { subTopologies } = silverTopology({ ...SILVER_DEFAULTS, mart: false });
const withMart = silverTopology(SILVER_DEFAULTS).subTopologies;

/** The tasks that commit positions; tables keep theirs in themselves. */
export const knownTasks = (partitions: number): KnownTask[] =>
  subTopologies.flatMap(({ id, nodes }) => {
    const topics = nodes.flatMap((node) => (node.kind === "source" ? [node.topic] : []));
    if (topics.length === 0) return [];
    return Array.from({ length: partitions }, (_, partition) => ({
      id: `${id}_${partition}`,
      inputs: topics.map((topic) => partitionName({ topic, partition })),
    }));
  });

/** All tasks, tables among them; what has been published has one partition. */
export const countTasks = (partitions: number, mart: boolean): number =>
  (mart ? withMart : subTopologies).reduce((sum, { nodes }) => {
    const isSlices = nodes.some((node) => "topic" in node && node.topic === SLICES_TOPIC);
    return sum + (isSlices ? 1 : partitions);
  }, 0);

/** Every topic of the application. */
export const knownTopics = (): string[] => {
  const nodes = subTopologies.flatMap((sub) => sub.nodes);
  return [...new Set(nodes.flatMap((node) => ("topic" in node ? [node.topic] : [])))];
};
