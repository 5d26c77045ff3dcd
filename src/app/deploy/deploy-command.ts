import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { applyStack } from "../../deploy/apply-stack.ts";
import { planDeployment, planText } from "../../deploy/plan.ts";
import type { Stack } from "../../deploy/stack.ts";
import { brokenRules, imagesByDigest, STACK_RULES } from "../../deploy/stack-rules.ts";
import { stackStatus } from "../../deploy/stack-status.ts";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import { parseDuration } from "../duration.ts";
import { parseArguments } from "../parse-arguments.ts";
import { DockerCli } from "./docker-cli.ts";
import { readStackFile } from "./stack-folder.ts";

export const DEPLOY_DEFAULTS = {
  stack: "deploy/stack.yml",
  name: "gdelt",
  patience: "30m",
} as const;

const USAGE =
  "usage: gdelt-streams deploy plan|apply|status [--stack FILE] [--name NAME] [--host ssh://manager]; " +
  "see gdelt-streams deploy --help";

interface DeployOptions {
  readonly file: string;
  readonly name: string;
  readonly host: string | null;
  readonly areImagesLoaded: boolean;
  readonly waveMsMax: number;
}

/** `gdelt-streams deploy plan|apply|status`: the stack of a swarm. The exit code. */
export async function runDeploy(args: readonly string[], clock: Clock): Promise<number> {
  const [action, ...rest] = args;
  const options = parseDeploy(rest);
  const swarm = new DockerCli(options.host, options.areImagesLoaded);
  if (action === "plan") {
    await planned(options, swarm);
    return 0;
  }
  if (action === "apply") return await apply(options, swarm, clock);
  if (action !== "status") throw new ConfigError(USAGE);
  const { text, isWell } = await stackStatus(swarm, options.name);
  process.stdout.write(text);
  return isWell ? 0 : 1;
}

function parseDeploy(args: string[]): DeployOptions {
  const { values } = parseArguments({
    args,
    options: {
      stack: { type: "string", default: DEPLOY_DEFAULTS.stack },
      name: { type: "string", default: DEPLOY_DEFAULTS.name },
      patience: { type: "string", default: DEPLOY_DEFAULTS.patience },
      host: { type: "string" },
      "loaded-images": { type: "boolean", default: false },
    },
  });
  return {
    file: values.stack,
    name: values.name,
    host: values.host ?? null,
    areImagesLoaded: values["loaded-images"],
    waveMsMax: parseDuration("patience", values.patience),
  };
}

/** Prints what would be done. */
async function planned({ file, name, areImagesLoaded }: DeployOptions, swarm: DockerCli) {
  const { stack } = readStackFile(file, process.env);
  mustKeepRules(stack, areImagesLoaded);
  const [services, networkNames] = [await swarm.services(name), await swarm.networkNames()];
  const steps = planDeployment(stack, name, { services, networkNames });
  process.stdout.write(planText(steps));
  return { stack, steps };
}

/** @throws ConfigError that says all that is wrong */
function mustKeepRules(stack: Stack, areImagesLoaded: boolean): void {
  const wrong = brokenRules(
    stack,
    areImagesLoaded ? STACK_RULES : [imagesByDigest, ...STACK_RULES],
  );
  if (wrong.length === 0) return;
  throw new ConfigError(`the stack breaks rules, and is not deployed so:\n${wrong.join("\n")}`);
}

async function apply(options: DeployOptions, swarm: DockerCli, clock: Clock): Promise<number> {
  const { stack, steps } = await planned(options, swarm);
  const folder = path.dirname(path.resolve(options.file));
  const wrong = await applyStack(
    {
      stack,
      stackName: options.name,
      swarm,
      fileOf: (file) => path.resolve(folder, file),
      clock,
      wait: async (ms) => void (await sleep(ms)),
      waveMsMax: options.waveMsMax,
      tell: (line) => void process.stdout.write(`${line}\n`),
    },
    steps,
  );
  if (wrong.length === 0) return 0;
  process.stderr.write(`${wrong.join("\n")}\n`);
  return 1;
}
