import type { Clock } from "../record/clock.ts";
import { partOfStack } from "./part-of-stack.ts";
import type { PlannedStep } from "./plan.ts";
import { settled, updatesOf } from "./settle.ts";
import type { Stack } from "./stack.ts";
import type { DeployableSwarm } from "./swarm.ts";
import { unusedContents } from "./unused-contents.ts";
import { type Wave, wavesOf } from "./waves.ts";

export interface StackApplication {
  readonly stack: Stack;
  readonly stackName: string;
  /** Of what the stack was read; null: nobody can say. */
  readonly revision: string | null;
  readonly swarm: DeployableSwarm;
  /** Where the file of a config or secret is. */
  readonly fileOf: (file: string) => string;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
  /** How long a wave may take until all of it runs. */
  readonly waveMsMax: number;
  readonly tell: (line: string) => void;
}

/**
 * Deploys what has changed, wave by wave, each when the one before it runs. After a wave that fails nothing more is
 * done: what the swarm has taken back runs as before, and doing it again begins where it ended.
 *
 * @returns what went wrong, a line each; nothing when all of it runs
 * @throws RetriableError when the swarm cannot be asked
 */
export async function applyStack(
  application: StackApplication,
  steps: readonly PlannedStep[],
): Promise<readonly string[]> {
  const { stack, stackName, swarm, tell } = application;
  for (const wave of wavesOf(stack, steps)) {
    const wrong = await deployWave(application, wave);
    if (wrong.length > 0) return wrong;
  }
  for (const { service } of steps.filter(({ action }) => action === "remove")) {
    tell(`removes ${service}`);
    await swarm.remove(`${stackName}_${service}`);
  }
  await removeUnused(application);
  return [];
}

/** What has changed has left its old configs and secrets behind. */
async function removeUnused({ swarm, stackName, tell }: StackApplication): Promise<void> {
  const unused = unusedContents(await swarm.contents(stackName), await swarm.services(stackName));
  const names = [...unused.configs, ...unused.secrets];
  if (names.length === 0) return;
  tell(`removes ${names.join(", ")}, which nobody mounts any more`);
  await swarm.removeContents(unused);
}

async function deployWave(application: StackApplication, wave: Wave): Promise<readonly string[]> {
  const { stack, stackName, revision, swarm, fileOf, tell, waveMsMax: msMax } = application;
  const services = wave.map(({ service }) => service);
  tell(`deploys ${services.join(", ")}`);
  const before = await updatesOf(swarm, stackName);
  await swarm.deploy(stackName, partOfStack({ stack, services, revision, fileOf }));
  const unsettled = wave.map(({ service, action }) => ({
    fullName: `${stackName}_${service}`,
    isReplaced: action === "restart",
  }));
  const wrong = await settled({ ...application, msMax }, unsettled, before, "completed");
  if (wrong.length > 0) return wrong;
  const checks = services.filter((service) => stack.services[service]?.["x-layer"] === "check");
  for (const service of checks) {
    for (const line of await swarm.logs(`${stackName}_${service}`)) tell(`  ${line}`);
  }
  return [];
}
