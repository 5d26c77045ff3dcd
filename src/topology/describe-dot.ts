import { type DescribedNode, describedNodes, inputLabel } from "./described-nodes.ts";
import type { SubTopology, Topology } from "./topology.ts";

/**
 * The topology for Graphviz: a cluster for each sub-topology, its nodes as boxes and stores as
 * cylinders in it, topics as shapes between the clusters.
 */
export function describeDot({ subTopologies }: Topology): string {
  const nodes = subTopologies.flatMap(describedNodes);
  const topics = new Set(nodes.flatMap(({ topic }) => (topic === null ? [] : [topic])));
  const clusters = subTopologies.flatMap((subTopology) => [
    `  subgraph cluster_${subTopology.id} {`,
    `    label = "Sub-topology ${subTopology.id}";`,
    ...clusterLines(subTopology).map((line) => `    ${line}`),
    "  }",
  ]);
  return `${[
    "digraph topology {",
    "  rankdir = LR;",
    '  node [shape = box, fontname = "sans-serif"];',
    ...clusters,
    ...[...topics].map((topic) => `  ${id("topic", topic)} [shape = cds, label = "${topic}"];`),
    ...nodes.flatMap(topicEdge),
    "}",
  ].join("\n")}\n`;
}

/** A node, a store and a topic may have one name. */
const id = (kind: "node" | "store" | "topic", name: string): string => `"${kind}:${name}"`;

function clusterLines(subTopology: SubTopology): string[] {
  const nodes = describedNodes(subTopology);
  return [
    ...nodes.map(({ name }) => `${id("node", name)} [label = "${name}"];`),
    ...subTopology.stores.map(
      ({ name }) => `${id("store", name)} [shape = cylinder, label = "${name}"];`,
    ),
    ...nodes.flatMap(inputEdges),
    ...nodes.flatMap(({ name, stores }) =>
      stores.map((store) => `${id("node", name)} -> ${id("store", store)} [dir = none];`),
    ),
  ];
}

function inputEdges({ name, inputs }: DescribedNode): string[] {
  return inputs.map((input) => {
    const text = inputLabel(input);
    const attributes = text === "" ? "" : ` [label = "${text}"]`;
    return `${id("node", input.from)} -> ${id("node", name)}${attributes};`;
  });
}

function topicEdge({ kind, name, topic }: DescribedNode): string[] {
  if (topic === null) return [];
  const [node, shape] = [id("node", name), id("topic", topic)];
  return [kind === "source" ? `  ${shape} -> ${node};` : `  ${node} -> ${shape};`];
}
