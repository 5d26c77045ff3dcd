import { ConfigError } from "../record/errors.ts";
import { parseDuration } from "./duration.ts";
import { parseArguments } from "./parse-arguments.ts";

export const PROBE_DEFAULTS = { patience: "5m" } as const;

/** @throws ConfigError */
export function parseProbeOptions(args: string[]): {
  readonly config: string;
  readonly patienceMs: number;
} {
  const { values } = parseArguments({
    args,
    options: {
      config: { type: "string" },
      patience: { type: "string", default: PROBE_DEFAULTS.patience },
    },
  });
  if (values.config === undefined) {
    throw new ConfigError("usage: gdelt-streams probe --config <file>");
  }
  return { config: values.config, patienceMs: parseDuration("patience", values.patience) };
}
