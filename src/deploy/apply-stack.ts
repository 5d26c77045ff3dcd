import type { Clock } from "../record/clock.ts";
import { partOfStack } from "./part-of-stack.ts";
import type { PlannedStep } from "./plan.ts";
import type { Stack } from "./stack.ts";
import { hasFailed, isComplete } from "./stack-status.ts";
import type { DeployableSwarm } from "./swarm.ts";
import { type Wave, wavesOf } from "./waves.ts";

const POLL_MS = 2000;
/** An update begins at once, or not at all: where all tasks fit already there is nothing to replace. */
const BEGIN_MS_MAX = 30_000;

export interface StackApplication {
  readonly stack: Stack;
  readonly stackName: string;
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
  const { stack, stackName, swarm, fileOf, tell } = application;
  for (const wave of wavesOf(stack, steps)) {
    const names = wave.map(({ service }) => service);
    tell(`deploys ${names.join(", ")}`);
    const before = await updatesOf(application);
    await swarm.deploy(stackName, partOfStack(stack, names, fileOf));
    const wrong = await settled(application, wave, before);
    if (wrong.length > 0) return wrong;
  }
  for (const { service } of steps.filter(({ action }) => action === "remove")) {
    tell(`removes ${service}`);
    await swarm.remove(`${stackName}_${service}`);
  }
  return [];
}

/** When the last update of each service began. Clocks of a manager and of who asks may differ: they are compared with themselves. */
async function updatesOf({ swarm, stackName }: StackApplication): Promise<Map<string, string>> {
  const services = await swarm.services(stackName);
  return new Map(
    services.map(({ Spec, UpdateStatus }) => [Spec.Name, UpdateStatus?.StartedAt ?? ""]),
  );
}

/** Waits until all of a wave runs. @returns what went wrong */
async function settled(
  application: StackApplication,
  wave: Wave,
  before: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const { clock, wait, waveMsMax } = application;
  const startMs = clock.nowMs();
  for (;;) {
    const waitedMs = clock.nowMs() - startMs;
    const { failed, open } = await look(application, wave, before, waitedMs < BEGIN_MS_MAX);
    const wrong = [
      ...failed,
      ...(waitedMs >= waveMsMax
        ? open.map((name) => `${name} does not run after ${waveMsMax / 1000} s`)
        : []),
    ];
    if (wrong.length > 0) return await withErrors(application, wrong);
    if (open.length === 0) return [];
    await wait(POLL_MS);
  }
}

async function look(
  { swarm, stackName }: StackApplication,
  wave: Wave,
  before: ReadonlyMap<string, string>,
  mayBegin: boolean,
): Promise<{ readonly failed: string[]; readonly open: string[] }> {
  const services = await swarm.services(stackName);
  const running = await swarm.running(stackName);
  const failed: string[] = [];
  const open: string[] = [];
  for (const { service, action } of wave) {
    const name = `${stackName}_${service}`;
    const status = services.find(({ Spec }) => Spec.Name === name)?.UpdateStatus;
    // It stays from one update to the next: an old one says nothing of this.
    const isOurs = status?.StartedAt !== undefined && status.StartedAt !== before.get(name);
    if (isOurs && hasFailed(status)) {
      failed.push(`${name}: ${status.State}, ${status.Message ?? "the swarm does not say why"}`);
      continue;
    }
    const isUpdated = isOurs ? status.State === "completed" : action !== "restart" || !mayBegin;
    const tasks = running.get(name);
    if (!isUpdated || tasks === undefined || !isComplete(tasks)) open.push(name);
  }
  return { failed, open };
}

async function withErrors(
  { swarm }: StackApplication,
  wrong: readonly string[],
): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const line of wrong) {
    const errors = await swarm.taskErrors(/^[^\s:]+/.exec(line)![0]);
    lines.push(line, ...errors.map((error) => `  ${error}`));
  }
  return lines;
}
