import { MAIN } from "../operators/batch.ts";
import type { Edge, Node, SubTopology } from "./topology.ts";

/** A node as Kafka Streams describes one: a table is a processor behind a source of its own. */
export interface DescribedNode {
  readonly kind: "source" | "processor" | "sink";
  readonly name: string;
  /** Of a source or a sink. */
  readonly topic: string | null;
  readonly stores: readonly string[];
  readonly inputs: readonly DescribedInput[];
  readonly successors: readonly string[];
  readonly predecessors: readonly string[];
}

/** One edge into a node: an output of another node. */
export interface DescribedInput extends Edge {
  /** Which input of the node it is; null where there is only one. */
  readonly side: string | null;
}

/** What to write at an edge: the output it leaves by and the side it enters by, where they tell. */
export const inputLabel = ({ output, side }: DescribedInput): string =>
  [output === MAIN ? "" : output, side ?? ""].filter((part) => part !== "").join(" / ");

/**
 * The nodes of a sub-topology in the order in which Kafka Streams lists them: the largest
 * downstream sub-tree first, then by name. So the order does not depend on that of declaration.
 */
export function describedNodes({ nodes }: SubTopology): DescribedNode[] {
  const described = nodes.flatMap(describe);
  const sizes = subTreeSizes(described);
  const byOrder = (a: string, b: string) => sizes.get(b)! - sizes.get(a)! || (a < b ? -1 : 1);
  return described
    .map((node) => ({
      ...node,
      successors: [...node.successors].sort(byOrder),
      predecessors: [...node.predecessors].sort(byOrder),
    }))
    .sort((a, b) => byOrder(a.name, b.name));
}

function describe(node: Node): DescribedNode[] {
  const { name, successors, predecessors } = node;
  const base = { name, successors, predecessors, stores: [], inputs: [] };
  switch (node.kind) {
    case "source":
      return [{ ...base, kind: "source", topic: node.topic }];
    case "sink":
      return [
        { ...base, kind: "sink", topic: node.topic, inputs: [{ ...node.input, side: null }] },
      ];
    case "table": {
      const source = `${name}-source`;
      const input = { from: source, output: MAIN, side: null };
      return [
        { ...base, kind: "source", name: source, topic: node.topic, successors: [name] },
        { ...base, kind: "processor", topic: null, predecessors: [source], inputs: [input] },
      ];
    }
    case "processor": {
      const sides = Object.entries(node.inputs);
      const inputs = sides.map(([side, edge]) => ({
        ...edge,
        side: sides.length > 1 ? side : null,
      }));
      return [{ ...base, kind: "processor", topic: null, stores: node.stores, inputs }];
    }
  }
}

/** A node counts once for every path that leads to it, as it does in Kafka Streams. */
function subTreeSizes(nodes: readonly DescribedNode[]): ReadonlyMap<string, number> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const sizes = new Map<string, number>();
  const sizeOf = (name: string): number => {
    const known = sizes.get(name);
    if (known !== undefined) return known;
    const size = byName.get(name)!.successors.reduce((sum, next) => sum + sizeOf(next), 1);
    sizes.set(name, size);
    return size;
  };
  for (const { name } of nodes) sizeOf(name);
  return sizes;
}
