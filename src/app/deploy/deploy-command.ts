import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { addressesOf } from "../../deploy/addresses.ts";
import { applyStack } from "../../deploy/apply-stack.ts";
import { doctorReport } from "../../deploy/doctor/doctor-checks.ts";
import { observe } from "../../deploy/doctor/observe.ts";
import { type PlannedStep, planDeployment, planText } from "../../deploy/plan.ts";
import { planRollback, rollbackStack } from "../../deploy/rollback-stack.ts";
import type { Waiting } from "../../deploy/settle.ts";
import type { Stack } from "../../deploy/stack.ts";
import { brokenRules, imagesByDigest, STACK_RULES } from "../../deploy/stack-rules.ts";
import { stackStatus } from "../../deploy/stack-status.ts";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import { type DeployOptions, parseDeployOptions } from "./deploy-options.ts";
import { DockerCli } from "./docker-cli.ts";
import { pushedCommit } from "./pushed-commit.ts";
import { readStackFile } from "./stack-folder.ts";

const USAGE =
  "usage: gdelt-streams deploy plan|apply|status|rollback|doctor [--stack FILE] [--name NAME] " +
  "[--host ssh://manager]; see gdelt-streams deploy --help";

/** A stack with the swarm that it is, or will be, on. */
interface Deployment {
  readonly options: DeployOptions;
  readonly swarm: DockerCli;
  readonly waiting: Waiting & { readonly swarm: DockerCli };
}

type Action = (deployment: Deployment) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = { plan, apply, status, rollback, doctor };

/** `gdelt-streams deploy …`: the stack of a swarm. The exit code. */
export async function runDeploy(args: readonly string[], clock: Clock): Promise<number> {
  const [name = "", ...rest] = args;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) throw new ConfigError(USAGE);
  const options = parseDeployOptions(rest);
  const swarm = new DockerCli(options.host, options.areImagesLoaded);
  const wait = async (ms: number) => void (await sleep(ms));
  const waiting = { swarm, stackName: options.name, clock, wait, msMax: options.waveMsMax };
  return await action({ options, swarm, waiting });
}

async function plan({ options, swarm }: Deployment): Promise<number> {
  await planned(readDeployable(options), options, swarm);
  return 0;
}

async function apply({ options, swarm, waiting }: Deployment): Promise<number> {
  const revision = options.isAnyTree ? null : await pushedCommit(options.file);
  const stack = readDeployable(options);
  const steps = await planned(stack, options, swarm);
  const { name: stackName, waveMsMax } = options;
  const wrong = await applyStack(
    { ...waiting, stack, revision, swarm, waveMsMax, fileOf: beside(options), tell },
    steps,
  );
  if (wrong.length > 0) return failed(wrong);
  const there = {
    services: await swarm.services(stackName),
    tasks: await swarm.tasks(stackName),
    nodes: await swarm.nodes(),
  };
  for (const address of addressesOf(stack, stackName, there)) tell(address);
  return 0;
}

async function status({ options, swarm }: Deployment): Promise<number> {
  const { text, isWell } = await stackStatus(swarm, options.name);
  process.stdout.write(text);
  return isWell ? 0 : 1;
}

async function rollback({ options, swarm, waiting }: Deployment): Promise<number> {
  const back = planRollback(await swarm.services(options.name));
  if (back === null) {
    throw new ConfigError(
      `no service of ${options.name} says of which commit it is: check the one out that is to run, and apply it`,
    );
  }
  tell(`of the last deployment, ${back.revision}:`);
  for (const name of back.begun) tell(`${name} stays: there was none before it`);
  const wrong = await rollbackStack(waiting, back, tell);
  return wrong.length === 0 ? 0 : failed(wrong);
}

async function doctor({ options, swarm, waiting }: Deployment): Promise<number> {
  const stack = readDeployable(options);
  const managerMs = () => swarm.managerMs();
  const observed = await observe({ ...waiting, stack, fileOf: beside(options), managerMs });
  const { text, isWell } = doctorReport(observed);
  process.stdout.write(text);
  return isWell ? 0 : 1;
}

const tell = (line: string): void => void process.stdout.write(`${line}\n`);

function failed(wrong: readonly string[]): number {
  process.stderr.write(`${wrong.join("\n")}\n`);
  return 1;
}

/** Where files are that a stack names relative to itself. */
function beside({ file }: DeployOptions): (name: string) => string {
  const folder = path.dirname(path.resolve(file));
  return (name) => path.resolve(folder, name);
}

/** @throws ConfigError that says all that is wrong */
function readDeployable({ file, areImagesLoaded }: DeployOptions): Stack {
  const { stack } = readStackFile(file, process.env);
  const rules = areImagesLoaded ? STACK_RULES : [imagesByDigest, ...STACK_RULES];
  const wrong = brokenRules(stack, rules);
  if (wrong.length === 0) return stack;
  throw new ConfigError(`the stack breaks rules, and is not deployed so:\n${wrong.join("\n")}`);
}

/** Prints what would be done. */
async function planned(
  stack: Stack,
  { name }: DeployOptions,
  swarm: DockerCli,
): Promise<PlannedStep[]> {
  const [services, networkNames] = [await swarm.services(name), await swarm.networkNames()];
  const steps = planDeployment(stack, name, { services, networkNames });
  process.stdout.write(planText(steps));
  return steps;
}
