import type { DeployedService } from "./deployed-service.ts";

/** A task as `docker inspect --type task` tells of it, as far as it is looked at here. */
export interface SwarmTask {
  readonly ID: string;
  readonly ServiceID: string;
  /** None as long as no node has been found for it. */
  readonly NodeID?: string;
  readonly Slot?: number;
  readonly DesiredState: string;
  readonly Status: {
    readonly State: string;
    /** When it came to that, by the clock of its node. */
    readonly Timestamp: string;
    readonly Err?: string;
  };
  /** Of a job: which of its runs it belongs to. */
  readonly JobIteration?: { readonly Index: number };
}

/** That ended as nobody wanted. */
export const isFailed = ({ Status }: SwarmTask): boolean =>
  Status.State === "failed" || Status.State === "rejected";

/** Whether the last run of a job has failed as often as it may: nothing starts it any more. */
export function isGivenUp(service: DeployedService, tasks: readonly SwarmTask[]): boolean {
  const run = service.JobStatus?.JobIteration?.Index;
  if (run === undefined) return false;
  const { MaxAttempts = 0 } = service.Spec.TaskTemplate.RestartPolicy ?? {};
  const failed = tasks.filter(
    (task) => task.ServiceID === service.ID && task.JobIteration?.Index === run && isFailed(task),
  );
  return MaxAttempts > 0 && failed.length > MaxAttempts;
}
