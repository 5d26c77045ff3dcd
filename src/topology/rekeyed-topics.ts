import type { Topology } from "./topology.ts";

/** A topic whose rows go through another one, to lie in the partitions of their keys. */
export interface RekeyedTopic {
  readonly topic: string;
  readonly through: string;
}

/** Topics that a topology reads for nothing else but to put their rows into partitions anew. */
export function rekeyedTopics({ subTopologies }: Topology): RekeyedTopic[] {
  return subTopologies.flatMap(({ nodes, stores }) => {
    const [source, ...others] = nodes.filter((node) => node.kind === "source");
    const [sink, ...more] = nodes.filter((node) => node.kind === "sink");
    const isOne = others.length === 0 && more.length === 0 && stores.length === 0;
    if (!isOne || source === undefined || !sink?.repartition) return [];
    return [{ topic: source.topic, through: sink.topic }];
  });
}
