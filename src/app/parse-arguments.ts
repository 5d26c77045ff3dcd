import { type ParseArgsConfig, parseArgs } from "node:util";
import { ConfigError } from "../record/errors.ts";

/** Node's `parseArgs`, whose complaints are the user's to mend. @throws ConfigError */
export function parseArguments<T extends ParseArgsConfig>(
  config: T,
): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    throw new ConfigError((cause as Error).message, { cause });
  }
}
