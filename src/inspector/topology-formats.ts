import { describe } from "../topology/describe.ts";
import { describeDot } from "../topology/describe-dot.ts";
import { describeJson } from "../topology/describe-json.ts";
import { describeMermaid } from "../topology/describe-mermaid.ts";
import type { Topology } from "../topology/topology.ts";
import { topologyHash } from "../topology/topology-hash.ts";
import type { OpenTopology } from "./inspected.ts";

const FORMATS = ["text", "json", "dot", "mermaid"] as const;

export type TopologyFormat = (typeof FORMATS)[number];

/** A topology in words, in each format there is. */
export type DescribedTopology = Readonly<Record<TopologyFormat, string>>;

export const formatNamed = (name: string): TopologyFormat | undefined =>
  FORMATS.find((format) => format === name);

/** What a process tells of its topology. */
export const describedTopology = (topology: Topology): OpenTopology => ({
  hash: topologyHash(topology),
  formats: describeAll(topology),
});

export const describeAll = (topology: Topology): DescribedTopology => ({
  text: describe(topology),
  json: `${JSON.stringify(describeJson(topology), null, 2)}\n`,
  dot: describeDot(topology),
  mermaid: describeMermaid(topology),
});

export const FORMAT_NAMES: readonly TopologyFormat[] = FORMATS;
