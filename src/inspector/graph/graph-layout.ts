import { layout as dagreLayout, Graph, type GraphLabel, type NodeLabel } from "@dagrejs/dagre";
import type { GraphEdge, GraphNode, TopologyGraph } from "./topology-graph.ts";

/** All boxes are as wide, so that those of one rank are a column which an edge can pass straight. */
const WIDTH = 184;
const HEIGHT = 46;
const STORE_HEIGHT = 17;
const STORES_MARGIN = 6;
const MARGIN = 12;
const GAPS = { ranksep: 46, nodesep: 14, edgesep: 14 } as const;

/** From its left upper corner. */
export interface PlacedNode extends GraphNode {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedEdge extends GraphEdge {
  /** For the `d` of a path: straight through columns of boxes, and bent only between them. */
  readonly path: string;
  /** Where it ends, at the left of a box. */
  readonly end: { readonly x: number; readonly y: number };
}

/** A graph, drawn from left to right. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export function layoutGraph({ nodes, edges }: TopologyGraph): GraphLayout {
  const graph = new Graph<GraphLabel, NodeLabel, { points?: Point[] }>();
  graph.setGraph({ rankdir: "LR", marginx: MARGIN, marginy: MARGIN, ...GAPS });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const { id, stores } of nodes) {
    graph.setNode(id, { width: WIDTH, height: HEIGHT + storesHeight(stores) });
  }
  for (const { from, to } of edges) graph.setEdge(from, to, {});
  dagreLayout(graph);
  const placed = new Map(nodes.map((node) => [node.id, place(node, graph.node(node.id))]));
  const columns = [...new Set([...placed.values()].map(({ x }) => x))].sort((a, b) => a - b);
  const { width = 0, height = 0 } = graph.graph();
  return {
    width: Math.ceil(width),
    height: Math.ceil(height),
    nodes: [...placed.values()],
    edges: edges.map((edge) => {
      const passed = graph.edge(edge.from, edge.to).points ?? [];
      return { ...edge, ...route(placed.get(edge.from)!, placed.get(edge.to)!, passed, columns) };
    }),
  };
}

const storesHeight = ({ length }: readonly string[]): number =>
  length === 0 ? 0 : length * STORE_HEIGHT + STORES_MARGIN;

function place(node: GraphNode, { x = 0, y = 0, width, height }: NodeLabel): PlacedNode {
  const left = Math.round(x - width / 2);
  return { ...node, x: left, y: Math.round(y - height / 2), width, height };
}

/** From box to box: in each column between them at the height that the layout has left free. */
function route(
  from: PlacedNode,
  to: PlacedNode,
  passed: readonly Point[],
  columns: readonly number[],
): Pick<PlacedEdge, "path" | "end"> {
  const start = { x: from.x + from.width, y: from.y + HEIGHT / 2 };
  const end = { x: to.x, y: to.y + HEIGHT / 2 };
  const between = columns.filter((left) => left > from.x && left < to.x);
  let path = `M${start.x} ${start.y}`;
  let at = start;
  for (const left of between) {
    const middle = left + WIDTH / 2;
    const near = passed.reduce((best, point) =>
      Math.abs(point.x - middle) < Math.abs(best.x - middle) ? point : best,
    );
    const y = Math.round(near.y);
    path += `${bend(at, { x: left, y })}H${left + WIDTH}`;
    at = { x: left + WIDTH, y };
  }
  return { path: `${path}${bend(at, end)}`, end };
}

/** Its control points are at the heights of its ends, so that it stays between them. */
function bend(from: Point, to: Point): string {
  const middle = (from.x + to.x) / 2;
  return `C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`;
}
