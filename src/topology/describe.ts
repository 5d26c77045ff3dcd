import { type DescribedNode, describedNodes } from "./described-nodes.ts";
import type { Topology } from "./topology.ts";

/**
 * The topology as text, to the letter as Kafka Streams prints one, so that whatever draws those
 * (e.g. kafka-streams-viz) draws these. Two topologies with one text have the same nodes, edges,
 * topics and stores; it says nothing of dead letters.
 */
export function describe({ subTopologies }: Topology): string {
  const parts = subTopologies.map((subTopology) => {
    const nodes = describedNodes(subTopology).map(nodeText);
    return `  Sub-topology: ${subTopology.id}\n${nodes.join("")}\n`;
  });
  // The space on the second line is Kafka's.
  return `Topologies:\n ${parts.join("")}`;
}

function nodeText(node: DescribedNode): string {
  const next = `      --> ${node.successors.join(", ") || "none"}\n`;
  const previous = `      <-- ${node.predecessors.join(", ")}\n`;
  switch (node.kind) {
    case "source":
      return `    Source: ${node.name} (topics: [${node.topic}])\n${next}`;
    case "processor": {
      const stores = node.stores.join(", ");
      return `    Processor: ${node.name} (stores: [${stores}])\n${next}${previous}`;
    }
    case "sink":
      return `    Sink: ${node.name} (topic: ${node.topic})\n${previous}`;
  }
}
