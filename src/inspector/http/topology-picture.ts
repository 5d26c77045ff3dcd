import type { TopologyDescription } from "../../topology/describe-json.ts";
import { type GraphLayout, layoutGraph } from "../graph/graph-layout.ts";
import { graphSvg } from "../graph/graph-svg.ts";
import { topologyGraph } from "../graph/topology-graph.ts";
import type { Inspected } from "../inspected.ts";
import { array, errorSchema, integer, number, object, oneOf, orNull, text } from "./operation.ts";
import { type Answer, json, type Route } from "./route.ts";

const SVG_TYPE = "image/svg+xml; charset=utf-8";

const NOT_YET = { description: "No thread has opened it yet.", schema: errorSchema };

const node = object({
  ...{ id: text, kind: oneOf("topic", "processor", "table"), name: text },
  ...{ subTopology: orNull(integer), stores: array(text) },
  ...{ x: number, y: number, width: number, height: number },
});

const edge = object({
  ...{ from: text, to: text, input: orNull(text), path: text },
  end: object({ x: number, y: number }),
});

const layoutSchema = object({
  ...{ width: number, height: number, nodes: array(node), edges: array(edge) },
});

/** A topology to look at: as a picture, and laid out for the page, which draws it with what it knows. */
export function pictureRoutes(inspected: Inspected): readonly Route[] {
  let laidOut: GraphLayout | null = null;
  // Once: a process runs one topology.
  const drawn = (draw: (layout: GraphLayout) => Answer) => (): Answer => {
    const { topology } = inspected;
    if (topology === null) return json(503, { error: "no thread has opened the topology yet" });
    laidOut ??= layoutGraph(
      topologyGraph(JSON.parse(topology.formats.json) as TopologyDescription),
    );
    return draw(laidOut);
  };
  return [
    {
      path: "/topology.svg",
      operation: {
        summary: "What runs, as a picture.",
        responses: { 200: { description: "SVG.", types: [SVG_TYPE] }, 503: NOT_YET },
      },
      answer: drawn((layout) => ({ status: 200, contentType: SVG_TYPE, body: graphSvg(layout) })),
    },
    {
      path: "/topology.layout",
      operation: {
        summary: "Where its topics, processors and tables are in that picture, and the edges.",
        responses: {
          200: {
            description:
              "In pixels, from the left upper corner. `input`: as tasks name what they read along an edge.",
            schema: layoutSchema,
          },
          503: NOT_YET,
        },
      },
      answer: drawn((layout) => json(200, layout)),
    },
  ];
}
