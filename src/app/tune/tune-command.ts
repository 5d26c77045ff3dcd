import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { StackService } from "../../deploy/stack.ts";
import { bytesOf } from "../../deploy/stack-values.ts";
import {
  type GivenToReplicas,
  type Proposal,
  proposals,
  type SeenReplicas,
} from "../../deploy/tuning.ts";
import { ConfigError } from "../../record/errors.ts";
import { loadConfiguration } from "../config/configuration.ts";
import { parseArguments } from "../parse-arguments.ts";
import { wholeNumber } from "../replay-options.ts";
import { seenReplicas } from "./seen-replicas.ts";

export const TUNE_DEFAULTS = {
  stack: "deploy/stack.yml",
  config: "deploy/config/gdelt-streams.yaml",
  days: 3,
  workers: 6,
} as const;

const SERVICE = "silver";
const MIB = 1 << 20;

/** `gdelt-streams tune`: what metrics of the last days say of the settings. The exit code. */
export async function runTune(args: string[]): Promise<number> {
  const { values } = parse(args);
  const { prometheus, from, save, stack, config } = values;
  if ((prometheus === undefined) === (from === undefined)) {
    throw new ConfigError("usage: gdelt-streams tune --prometheus URL | --from FILE; see --help");
  }
  const days = wholeNumber("days", values.days, 1, 365);
  const seen =
    prometheus === undefined
      ? (JSON.parse(readFileSync(from!, "utf8")) as SeenReplicas)
      : await seenReplicas(prometheus, days);
  if (save !== undefined) writeFileSync(save, `${JSON.stringify(seen, null, 2)}\n`);
  const workers = wholeNumber("workers", values.workers, 1, 1000);
  const found = proposals(seen, given({ stack, config, workers }));
  process.stdout.write(
    values.json ? `${JSON.stringify({ seen, proposals: found })}\n` : textOf(seen, found),
  );
  return 0;
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      prometheus: { type: "string" },
      from: { type: "string" },
      save: { type: "string" },
      days: { type: "string", default: String(TUNE_DEFAULTS.days) },
      workers: { type: "string", default: String(TUNE_DEFAULTS.workers) },
      stack: { type: "string", default: TUNE_DEFAULTS.stack },
      config: { type: "string", default: TUNE_DEFAULTS.config },
      json: { type: "boolean", default: false },
    },
  });

/** As the stack and the configuration have it. */
function given(of: { stack: string; config: string; workers: number }): GivenToReplicas {
  const document = parseDocument(readFileSync(of.stack, "utf8"), { merge: true });
  const { services = {} } = document.toJS({ maxAliasCount: -1 }) as {
    services?: Readonly<Record<string, StackService>>;
  };
  const { replicas, resources } = services[SERVICE]?.deploy ?? {};
  const { cpus, memory } = resources?.limits ?? {};
  if (replicas === undefined || cpus === undefined || memory === undefined) {
    throw new ConfigError(`${of.stack} has no service ${SERVICE} with replicas and limits`);
  }
  // What is secret is not in the file, and an inspector would want its token.
  const environment = { GDELT_STREAMS_INSPECTOR_ADDRESS: "off" };
  const { settings } = loadConfiguration({ file: of.config, environment });
  return {
    ...{ replicas, workers: of.workers, processors: Number(cpus), memoryBytes: bytesOf(memory) },
    threads: settings["num.stream.threads"],
    stateMemoryBytes: settings["state.memory.max.mb"] * MIB,
    retentionMs: settings["silver.event.retention"],
  };
}

function textOf(seen: SeenReplicas, found: readonly Proposal[]): string {
  const lines = found.map(
    ({ setting, is, proposed, reason }) => `${setting}: ${is} → ${proposed}\n  ${reason}`,
  );
  const summary = found.length === 0 ? "nothing to change" : `${found.length} to change`;
  return `${[...lines, `${summary}, by what ${seen.replicas} replicas did in ${seen.days} days`].join("\n")}\n`;
}
