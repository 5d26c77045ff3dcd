import type { ListenAddress } from "../../inspector/http/listen-address.ts";
import { ConfigError } from "../../record/errors.ts";
import { listenAddress } from "../config/value-type.ts";

/** What `--inspector` says. @throws ConfigError */
export function inspectorArgument(given: string): ListenAddress | "off" {
  const address = listenAddress.parse(given);
  if (address !== undefined) return address;
  throw new ConfigError(`--inspector takes ${listenAddress.expected}, not "${given}"`);
}
