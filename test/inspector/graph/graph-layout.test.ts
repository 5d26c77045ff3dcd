import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  type GraphLayout,
  layoutGraph,
  type PlacedNode,
} from "../../../src/inspector/graph/graph-layout.ts";
import { graphSvg } from "../../../src/inspector/graph/graph-svg.ts";
import { type TopologyGraph, topologyGraph } from "../../../src/inspector/graph/topology-graph.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../../src/silver/silver-topology.ts";
import { describeJson } from "../../../src/topology/describe-json.ts";
import { propertyRuns } from "../../sinks/delta/delta-fixture.ts";

const TOPOLOGIES = {
  "with a mart": silverTopology({ ...SILVER_DEFAULTS, mart: true }),
  "of foreign topics": silverTopology({
    ...SILVER_DEFAULTS,
    source: { keyed: false, markers: "required", graceMs: 0, idleTimeoutMs: 1000 },
  }),
};

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Points along a path of M, C and H, closer than a box is high. */
function* along(path: string): Generator<Point> {
  let at: Point = { x: 0, y: 0 };
  for (const [, command, numbers] of path.matchAll(/([MCH])([^MCH]+)/g)) {
    const [a, b, c, d, e, f] = numbers!.trim().split(/[ ,]+/).map(Number) as number[];
    if (command === "M") at = { x: a!, y: b! };
    const from = at;
    if (command === "H") {
      at = { x: a!, y: from.y };
      for (let t = 0; t <= 1; t += 0.02) yield { x: from.x + (at.x - from.x) * t, y: from.y };
    } else if (command === "C") {
      at = { x: e!, y: f! };
      for (let t = 0; t <= 1; t += 0.01) {
        const [u, v] = [1 - t, t];
        const bezier = (p: number, q: number, r: number, s: number) =>
          u ** 3 * p + 3 * u * u * v * q + 3 * u * v * v * r + v ** 3 * s;
        yield { x: bezier(from.x, a!, c!, e!), y: bezier(from.y, b!, d!, f!) };
      }
    }
  }
}

const isInside = ({ x, y, width, height }: PlacedNode, at: Point): boolean =>
  at.x > x + 0.5 && at.x < x + width - 0.5 && at.y > y + 0.5 && at.y < y + height - 0.5;

/** Edges that pass through boxes, and boxes that lie on others. */
function faults({ nodes, edges }: GraphLayout): string[] {
  const crossings = edges.flatMap(({ from, to, path }) => {
    const points = [...along(path)];
    assert.ok(points.length > 40, path);
    return nodes
      .filter((node) => points.some((at) => isInside(node, at)))
      .map(({ id }) => `${from} -> ${to} crosses ${id}`);
  });
  const overlaps = nodes.flatMap((a, i) =>
    nodes
      .slice(i + 1)
      .filter(
        (b) =>
          a.x < b.x + b.width &&
          b.x < a.x + a.width &&
          a.y < b.y + b.height &&
          b.y < a.y + a.height,
      )
      .map((b) => `${a.id} lies on ${b.id}`),
  );
  return [...crossings, ...overlaps];
}

describe("the graph of a topology", () => {
  for (const [name, topology] of Object.entries(TOPOLOGIES)) {
    test(`has no edge that crosses a box, ${name}`, () => {
      const layout = layoutGraph(topologyGraph(describeJson(topology)));
      assert.ok(layout.nodes.length > 20);
      assert.deepEqual(faults(layout), []);
    });
  }

  test("would be found out if one did", () => {
    const layout = layoutGraph(topologyGraph(describeJson(TOPOLOGIES["with a mart"])));
    const [edge, ...others] = layout.edges;
    const from = layout.nodes.find(({ id }) => id === edge!.from)!;
    const straight = { ...edge!, path: `M${from.x} ${from.y + 23}H${layout.width}` };
    assert.notDeepEqual(faults({ ...layout, edges: [straight, ...others] }), []);
  });

  test("has none in any graph without circles", () => {
    const edgesOf = fc.uniqueArray(
      fc.tuple(fc.nat(11), fc.nat(11)).filter(([a, b]) => a < b),
      { selector: ([a, b]) => `${a} ${b}`, minLength: 1, maxLength: 30 },
    );
    propertyRuns(
      fc.property(
        edgesOf,
        fc.array(fc.nat(4), { minLength: 12, maxLength: 12 }),
        (edges, stores) => {
          const graph: TopologyGraph = {
            nodes: stores.map((count, i) => ({
              ...{ id: `n${i}`, kind: "processor", name: `n${i}`, subTopology: 0 },
              stores: Array.from({ length: count }, (_, store) => `s${store}`),
            })),
            edges: edges.map(([a, b]) => ({ from: `n${a}`, to: `n${b}`, input: null })),
          };
          assert.deepEqual(faults(layoutGraph(graph)), []);
        },
      ),
      40,
    );
  });

  test("has topics once, between who writes and who reads them, and names what reads", () => {
    const graph = topologyGraph(describeJson(TOPOLOGIES["with a mart"]));
    const kinds = Map.groupBy(graph.nodes, ({ kind }) => kind);
    assert.deepEqual(
      [...kinds].map(([kind, nodes]) => [kind, nodes.length]),
      [
        ["topic", 9],
        ["processor", 5],
        ["table", 13],
      ],
    );
    const around = graph.edges.filter(({ from, to }) =>
      [from, to].includes("topic:gdelt.silver.events"),
    );
    assert.deepEqual(
      around.map(({ from, to, input }) => `${from} ${to} ${input}`),
      [
        "node:complete-events topic:gdelt.silver.events null",
        "topic:gdelt.silver.events node:silver-events-lake silver-events-lake",
        "topic:gdelt.silver.events node:silver-events-mart silver-events-mart",
      ],
    );
    assert.ok(graph.edges.some(({ input }) => input === "events-source"));
  });

  test("is a picture that stands for itself, whatever the names are", () => {
    const layout = layoutGraph({
      nodes: [
        ...[{ id: "a", kind: "topic" as const, name: '<script>&"', subTopology: null, stores: [] }],
      ],
      edges: [],
    });
    const svg = graphSvg(layout);
    assert.match(svg, /&lt;script&gt;&amp;&quot;/);
    assert.doesNotMatch(svg, /<script|style=|class=/);
  });
});
