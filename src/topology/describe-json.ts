import { type DescribedNode, describedNodes } from "./described-nodes.ts";
import type { Completeness, StoreSpec, SubTopology, Topology } from "./topology.ts";

/** The topology as plain data, for programs that show it. */
export interface TopologyDescription {
  readonly subTopologies: readonly SubTopologyDescription[];
  readonly repartitionTopics: readonly string[];
  readonly deadLetterTopic: string | null;
}

export interface SubTopologyDescription {
  readonly id: number;
  /** As in the text: the largest downstream sub-tree first, tables behind a source of their own. */
  readonly nodes: readonly DescribedNode[];
  readonly sourceTopics: readonly string[];
  readonly sinkTopics: readonly string[];
  readonly stores: readonly StoreSpec[];
  /** How each source topic tells that a slice is complete; tables do not wait for it. */
  readonly completeness: Readonly<Record<string, Completeness>>;
}

export function describeJson(topology: Topology): TopologyDescription {
  return {
    subTopologies: topology.subTopologies.map(describeSubTopology),
    repartitionTopics: topology.repartitionTopics,
    deadLetterTopic: topology.deadLetters?.topic ?? null,
  };
}

function describeSubTopology(subTopology: SubTopology): SubTopologyDescription {
  const nodes = describedNodes(subTopology);
  const topicsOf = (kind: DescribedNode["kind"]) => [
    ...new Set(nodes.flatMap((node) => (node.kind === kind ? [node.topic!] : []))),
  ];
  return {
    id: subTopology.id,
    nodes,
    sourceTopics: topicsOf("source"),
    sinkTopics: topicsOf("sink"),
    stores: subTopology.stores,
    completeness: Object.fromEntries(
      subTopology.nodes.flatMap((node) =>
        node.kind === "source" ? [[node.topic, node.completeness]] : [],
      ),
    ),
  };
}
