import type { TopologyDescription } from "../../topology/describe-json.ts";
import { type GraphLayout, layoutGraph } from "../graph/graph-layout.ts";
import { graphSvg } from "../graph/graph-svg.ts";
import { topologyGraph } from "../graph/topology-graph.ts";

/** `/topology.svg`, and `/topology.layout` for the page, which draws it with what it knows. */
const PICTURES = ["svg", "layout"] as const;

type Picture = (typeof PICTURES)[number];

export const pictureNamed = (name: string): Picture | undefined =>
  PICTURES.find((picture) => picture === name);

/** A topology to look at; laid out once, since a process runs one. */
export class TopologyPicture {
  #layout: GraphLayout | null = null;

  /** @param description as JSON. */
  of(picture: Picture, description: string): { contentType: string; body: string } {
    this.#layout ??= layoutGraph(topologyGraph(JSON.parse(description) as TopologyDescription));
    return picture === "svg"
      ? { contentType: "image/svg+xml; charset=utf-8", body: graphSvg(this.#layout) }
      : { contentType: "application/json; charset=utf-8", body: JSON.stringify(this.#layout) };
  }
}
