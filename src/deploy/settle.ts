import type { Clock } from "../record/clock.ts";
import { hasFailed, isComplete, isNotTakenBack } from "./stack-status.ts";
import type { Swarm } from "./swarm.ts";
import { isGivenUp } from "./swarm-task.ts";

const POLL_MS = 2000;
/** An update begins at once, or not at all: where all tasks fit already there is nothing to replace. */
const BEGIN_MS_MAX = 30_000;

/** A swarm, and how long it is waited for. */
export interface Waiting {
  readonly swarm: Swarm;
  readonly stackName: string;
  readonly clock: Clock;
  readonly wait: (ms: number) => Promise<void>;
  readonly msMax: number;
}

/** A service that has to come to rest. */
export interface Unsettled {
  /** With the stack's. */
  readonly fullName: string;
  /** Whether its tasks are to be replaced. */
  readonly isReplaced: boolean;
}

/** When the last update of each service began. Clocks of a manager and of who asks may differ: they are compared with themselves. */
export async function updatesOf(swarm: Swarm, stackName: string): Promise<Map<string, string>> {
  const services = await swarm.services(stackName);
  return new Map(
    services.map(({ Spec, UpdateStatus }) => [Spec.Name, UpdateStatus?.StartedAt ?? ""]),
  );
}

/**
 * Waits until all tasks of the services run and their updates have ended.
 *
 * @param before when the last update of each had begun, before this one
 * @param end how an update ends that is well
 * @returns what went wrong, a line each
 */
export async function settled(
  waiting: Waiting,
  services: readonly Unsettled[],
  before: ReadonlyMap<string, string>,
  end: "completed" | "rollback_completed",
): Promise<readonly string[]> {
  const { swarm, clock, wait, msMax } = waiting;
  const startMs = clock.nowMs();
  for (;;) {
    const waitedMs = clock.nowMs() - startMs;
    const mayBegin = waitedMs < BEGIN_MS_MAX;
    const { failed, open } = await look(waiting, services, { before, end, mayBegin });
    const late =
      waitedMs < msMax ? [] : open.map((name) => `${name} does not run after ${msMax / 1000} s`);
    const wrong = [...failed, ...late];
    if (wrong.length > 0) return await withErrors(swarm, wrong);
    if (open.length === 0) return [];
    await wait(POLL_MS);
  }
}

async function look(
  { swarm, stackName }: Waiting,
  unsettled: readonly Unsettled[],
  {
    before,
    end,
    mayBegin,
  }: {
    readonly before: ReadonlyMap<string, string>;
    readonly end: "completed" | "rollback_completed";
    readonly mayBegin: boolean;
  },
): Promise<{ readonly failed: string[]; readonly open: string[] }> {
  const services = await swarm.services(stackName);
  const running = await swarm.running(stackName);
  const hasEndedBadly = end === "completed" ? hasFailed : isNotTakenBack;
  const failed: string[] = [];
  const open: string[] = [];
  for (const { fullName, isReplaced } of unsettled) {
    const service = services.find(({ Spec }) => Spec.Name === fullName);
    const status = service?.UpdateStatus;
    // It stays from one update to the next: an old one says nothing of this.
    const isOurs = status?.StartedAt !== undefined && status.StartedAt !== before.get(fullName);
    if (isOurs && hasEndedBadly(status)) {
      failed.push(
        `${fullName}: ${status.State}, ${status.Message ?? "the swarm does not say why"}`,
      );
      continue;
    }
    const isUpdated = isOurs ? status.State === end : !isReplaced || !mayBegin;
    const tasks = running.get(fullName);
    if (isUpdated && tasks !== undefined && isComplete(tasks)) continue;
    open.push(fullName);
    if (service?.JobStatus === undefined || service.JobStatus === null) continue;
    if (!isGivenUp(service, await swarm.tasks(stackName))) continue;
    failed.push(`${fullName}: has failed as often as it may`);
  }
  return { failed, open };
}

async function withErrors(swarm: Swarm, wrong: readonly string[]): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const line of wrong) {
    const fullName = /^[^\s:]+/.exec(line)![0];
    const said = [...(await swarm.taskErrors(fullName)), ...(await swarm.logs(fullName))];
    lines.push(line, ...said.map((each) => `  ${each}`));
  }
  return lines;
}
