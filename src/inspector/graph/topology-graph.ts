import type { SubTopologyDescription, TopologyDescription } from "../../topology/describe-json.ts";

/** A topic, a processor, or a table outside the log. */
export interface GraphNode {
  readonly id: string;
  readonly kind: "topic" | "processor" | "table";
  readonly name: string;
  /** Whose tasks run it; null: it is a topic. */
  readonly subTopology: number | null;
  readonly stores: readonly string[];
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  /** The source or table of the topology that reads along it, as tasks name their inputs; or null. */
  readonly input: string | null;
}

export interface TopologyGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

const topicId = (topic: string): string => `topic:${topic}`;
const nodeId = (name: string): string => `node:${name}`;

/**
 * What a person looks at: sources and sinks are drawn as the topics they read and write, and a topic
 * stands once between those who write it and those who read it.
 */
export function topologyGraph({ subTopologies }: TopologyDescription): TopologyGraph {
  const topics = new Set(
    subTopologies.flatMap(({ sourceTopics, sinkTopics }) => [...sourceTopics, ...sinkTopics]),
  );
  return {
    nodes: [...[...topics].map(topicNode), ...subTopologies.flatMap(nodesOf)],
    edges: subTopologies.flatMap(edgesOf),
  };
}

const topicNode = (topic: string): GraphNode => ({
  ...{ id: topicId(topic), kind: "topic", name: topic, subTopology: null, stores: [] },
});

const nodesOf = ({ id: subTopology, nodes }: SubTopologyDescription): GraphNode[] =>
  nodes
    .filter(({ kind }) => kind === "processor")
    .map(({ name, stores, successors }) => ({
      id: nodeId(name),
      // A table is described as a processor behind a source of its own, and nothing follows it.
      kind: successors.length === 0 && stores.length === 0 ? "table" : "processor",
      ...{ name, subTopology, stores },
    }));

function edgesOf({ nodes }: SubTopologyDescription): GraphEdge[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const endOf = (name: string): string => {
    const { kind, topic } = byName.get(name)!;
    return kind === "processor" ? nodeId(name) : topicId(topic!);
  };
  return nodes.flatMap(({ name, kind, successors }) =>
    successors.map((next) => {
      const isTable = byName.get(next)!.successors.length === 0 && name === `${next}-source`;
      const input = isTable ? next : name;
      return { from: endOf(name), to: endOf(next), input: kind === "source" ? input : null };
    }),
  );
}
