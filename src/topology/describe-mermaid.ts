import { type DescribedNode, describedNodes, inputLabel } from "./described-nodes.ts";
import type { Topology } from "./topology.ts";

/**
 * The topology as a Mermaid flowchart, which GitHub draws in a README: a subgraph for each
 * sub-topology, stores as cylinders in it, topics as rounded shapes between them.
 */
export function describeMermaid({ subTopologies }: Topology): string {
  const ids = new Ids();
  const described = subTopologies.map((sub) => ({ ...sub, nodes: describedNodes(sub) }));
  const subgraphs = described.flatMap(({ id, nodes, stores }) => [
    `  subgraph sub_${id}["Sub-topology ${id}"]`,
    ...nodes.map(({ name }) => `    ${ids.of("node", name)}["${name}"]`),
    ...stores.map(({ name }) => `    ${ids.of("store", name)}[("${name}")]`),
    ...nodes.flatMap((node) => edges(node, ids)).map((line) => `    ${line}`),
    "  end",
  ]);
  const nodes = described.flatMap((sub) => sub.nodes);
  const topics = new Set(nodes.flatMap(({ topic }) => (topic === null ? [] : [topic])));
  return `${[
    "flowchart LR",
    ...subgraphs,
    ...[...topics].map((topic) => `  ${ids.of("topic", topic)}(["${topic}"])`),
    ...nodes.flatMap((node) => topicEdge(node, ids)).map((line) => `  ${line}`),
  ].join("\n")}\n`;
}

/** Names may be words of Mermaid's ("end"), or hold its signs: nodes are numbered instead. */
class Ids {
  private readonly numbers = new Map<string, string>();

  of(kind: "node" | "store" | "topic", name: string): string {
    const key = `${kind}:${name}`;
    const known = this.numbers.get(key) ?? `${kind}${this.numbers.size}`;
    this.numbers.set(key, known);
    return known;
  }
}

function edges({ name, inputs, stores }: DescribedNode, ids: Ids): string[] {
  return [
    ...inputs.map((input) => {
      const text = inputLabel(input);
      const label = text === "" ? "" : `|"${text}"|`;
      return `${ids.of("node", input.from)} -->${label} ${ids.of("node", name)}`;
    }),
    ...stores.map((store) => `${ids.of("node", name)} --- ${ids.of("store", store)}`),
  ];
}

function topicEdge({ kind, name, topic }: DescribedNode, ids: Ids): string[] {
  if (topic === null) return [];
  const [node, shape] = [ids.of("node", name), ids.of("topic", topic)];
  return [kind === "source" ? `${shape} --> ${node}` : `${node} --> ${shape}`];
}
