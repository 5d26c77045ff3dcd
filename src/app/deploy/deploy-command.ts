import { planDeployment, planText } from "../../deploy/plan.ts";
import type { Stack } from "../../deploy/stack.ts";
import { brokenRules, imagesByDigest, STACK_RULES } from "../../deploy/stack-rules.ts";
import { stackStatus } from "../../deploy/stack-status.ts";
import { ConfigError } from "../../record/errors.ts";
import { parseArguments } from "../parse-arguments.ts";
import { DockerCli } from "./docker-cli.ts";
import { readStackFile } from "./stack-folder.ts";

export const DEPLOY_DEFAULTS = { stack: "deploy/stack.yml", name: "gdelt" } as const;

const USAGE =
  "usage: gdelt-streams deploy plan|status [--stack FILE] [--name NAME] [--host ssh://manager]; " +
  "see gdelt-streams deploy --help";

/** `gdelt-streams deploy plan|status`: the stack of a swarm. The exit code. */
export async function runDeploy(args: readonly string[]): Promise<number> {
  const [action, ...rest] = args;
  const { values } = parseArguments({
    args: rest,
    options: {
      stack: { type: "string", default: DEPLOY_DEFAULTS.stack },
      name: { type: "string", default: DEPLOY_DEFAULTS.name },
      host: { type: "string" },
      "loaded-images": { type: "boolean", default: false },
    },
  });
  const swarm = new DockerCli(values.host ?? null);
  if (action === "status") {
    const { text, isWell } = await stackStatus(swarm, values.name);
    process.stdout.write(text);
    return isWell ? 0 : 1;
  }
  if (action !== "plan") throw new ConfigError(USAGE);
  const { stack } = readStackFile(values.stack, process.env);
  mustKeepRules(stack, values["loaded-images"]);
  const [services, networkNames] = [await swarm.services(values.name), await swarm.networkNames()];
  process.stdout.write(planText(planDeployment(stack, values.name, { services, networkNames })));
  return 0;
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
