import type { DeployedUpdateStatus } from "./deployed-service.ts";
import type { RunningTasks, Swarm } from "./swarm.ts";

/** States of an update that was not carried through: what runs is not what was deployed. */
const FAILED = ["paused", "rollback_started", "rollback_paused", "rollback_completed"];

/** An update that has ended badly, or is being taken back: `docker stack deploy` ends with 0 after it. */
export const hasFailed = (status: DeployedUpdateStatus | null | undefined): boolean =>
  FAILED.includes(status?.State ?? "");

/** That was to be taken back, and stands still halfway. */
export const isNotTakenBack = (status: DeployedUpdateStatus | null | undefined): boolean =>
  ["paused", "rollback_paused"].includes(status?.State ?? "");

export interface StackStatus {
  readonly text: string;
  /** All that is wanted runs, and no update has been taken back. */
  readonly isWell: boolean;
}

/** How each service of a stack does, and what went wrong where not all is well. */
export async function stackStatus(swarm: Swarm, stackName: string): Promise<StackStatus> {
  const services = await swarm.services(stackName);
  if (services.length === 0) return { text: `there is no stack ${stackName}\n`, isWell: false };
  const running = await swarm.running(stackName);
  const lines: string[] = [];
  let isWell = true;
  for (const { Spec, UpdateStatus } of services.toSorted((a, b) =>
    a.Spec.Name < b.Spec.Name ? -1 : 1,
  )) {
    const tasks = running.get(Spec.Name) ?? { running: 0, wanted: 0 };
    const serviceIsWell = isComplete(tasks) && !hasFailed(UpdateStatus);
    lines.push(
      `${serviceIsWell ? "ok  " : "FAIL"} ${`${tasks.running}/${tasks.wanted}`.padEnd(6)} ${Spec.Name}` +
        (UpdateStatus?.State === undefined ? "" : `  update: ${UpdateStatus.State}`),
    );
    if (serviceIsWell) continue;
    isWell = false;
    for (const error of await swarm.taskErrors(Spec.Name)) lines.push(`            ${error}`);
  }
  return { text: `${lines.join("\n")}\n`, isWell };
}

export const isComplete = ({ running, wanted }: RunningTasks): boolean => running >= wanted;
