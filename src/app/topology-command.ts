import { ConfigError } from "../record/errors.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import { describe } from "../topology/describe.ts";
import { describeDot } from "../topology/describe-dot.ts";
import { describeJson } from "../topology/describe-json.ts";
import { describeMermaid } from "../topology/describe-mermaid.ts";
import type { Topology } from "../topology/topology.ts";
import { parseArguments } from "./parse-arguments.ts";

const FORMATS: Readonly<Record<string, (topology: Topology) => string>> = {
  text: describe,
  json: (topology) => `${JSON.stringify(describeJson(topology), null, 2)}\n`,
  dot: describeDot,
  mermaid: describeMermaid,
};

/** Prints the Silver topology; `text` is what Kafka Streams prints, so its visualisers read it. */
export function printTopology(args: string[]): number {
  const { values } = parseArguments({ args, options: { format: { type: "string" } } });
  const { format = "text" } = values;
  const describeAs = FORMATS[format];
  if (describeAs === undefined) {
    const known = Object.keys(FORMATS).join(", ");
    throw new ConfigError(`--format takes one of ${known}, not "${format}"`);
  }
  process.stdout.write(describeAs(silverTopology(SILVER_DEFAULTS)));
  return 0;
}
