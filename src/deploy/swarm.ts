import type { DeployedService } from "./deployed-service.ts";
import type { SwarmNode } from "./swarm-node.ts";
import type { SwarmTask } from "./swarm-task.ts";
import type { SwarmContents } from "./unused-contents.ts";

/** A swarm, as its manager tells of it. @throws RetriableError when it cannot be asked, with what it said */
export interface Swarm {
  services(stackName: string): Promise<readonly DeployedService[]>;
  nodes(): Promise<readonly SwarmNode[]>;
  /** Of all services of a stack: those that run, and the last ones that no longer do. */
  tasks(stackName: string): Promise<readonly SwarmTask[]>;
  /** Configs and secrets that a stack has made. */
  contents(stackName: string): Promise<SwarmContents>;
  /** Names of networks by their ids. */
  networkNames(): Promise<ReadonlyMap<string, string>>;
  /** What runs of each service, by its full name. */
  running(stackName: string): Promise<ReadonlyMap<string, RunningTasks>>;
  /** What went wrong lately with the tasks of a service, newest first. */
  taskErrors(fullName: string): Promise<readonly string[]>;
  /** What the tasks of a service have written, all of its nodes together; the newest lines. */
  logs(fullName: string): Promise<readonly string[]>;
}

/** One that can be told what to do, too. */
export interface DeployableSwarm extends Swarm {
  /** Deploys the services that a stack file has, and leaves all others as they are. Waits for nothing. */
  deploy(stackName: string, text: string): Promise<void>;
  /** Puts a service back to what it was before its last update. Waits for nothing. */
  rollback(fullName: string): Promise<void>;
  remove(fullName: string): Promise<void>;
  /** Configs and secrets that nobody mounts. */
  removeContents(contents: SwarmContents): Promise<void>;
}

/** Of a job, those that have completed. */
export interface RunningTasks {
  readonly running: number;
  readonly wanted: number;
}

/** Reads `3/6`, `6/6 (max 1 per node)` or, of a job, `0/1 (1/1 completed)`; null: it is none of these. */
export function parseReplicas(text: string): RunningTasks | null {
  const [, completed, total] = /\((\d+)\/(\d+) completed\)/.exec(text) ?? [];
  if (completed !== undefined) return { running: Number(completed), wanted: Number(total) };
  const [, running, wanted] = /^(\d+)\/(\d+)/.exec(text) ?? [];
  return running === undefined ? null : { running: Number(running), wanted: Number(wanted) };
}
