import { describeAll, FORMAT_NAMES, formatNamed } from "../inspector/topology-formats.ts";
import { ConfigError } from "../record/errors.ts";
import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";
import { parseArguments } from "./parse-arguments.ts";

/** Prints the Silver topology; `text` is what Kafka Streams prints, so its visualisers read it. */
export function printTopology(args: string[]): number {
  const { values } = parseArguments({ args, options: { format: { type: "string" } } });
  const { format = "text" } = values;
  const known = formatNamed(format);
  if (known === undefined) {
    throw new ConfigError(`--format takes one of ${FORMAT_NAMES.join(", ")}, not "${format}"`);
  }
  process.stdout.write(describeAll(silverTopology(SILVER_DEFAULTS))[known]);
  return 0;
}
