import { SILVER_DEFAULTS, silverTopology } from "../silver/silver-topology.ts";

export function printTopology(_args: string[]): number {
  process.stdout.write(`${JSON.stringify(silverTopology(SILVER_DEFAULTS))}\n`);
  return 0;
}
