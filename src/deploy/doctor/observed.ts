import type { DeployedService } from "../deployed-service.ts";
import type { SwarmNode } from "../swarm-node.ts";
import type { SwarmTask } from "../swarm-task.ts";

/** What a job that looks around has found where it ran. */
export interface SeenThere {
  /** Host name of the node. */
  readonly node: string;
  /** By the node's clock. */
  readonly nowMs: number;
  /** Of what containers are kept on. */
  readonly disk: { readonly bytes: number; readonly freeBytes: number };
  readonly volumes: readonly SeenVolume[];
}

export interface SeenVolume {
  /** Of the stack. */
  readonly service: string;
  readonly volume: string;
  readonly uid: number;
  readonly gid: number;
  /** Permissions, as of a file. */
  readonly mode: number;
}

/** Connections to the mart, as its server counts them. */
export interface SeenConnections {
  readonly max: number;
  readonly users: readonly {
    readonly user: string;
    readonly connections: number;
    /** In a transaction in which nothing has been done for ten minutes. */
    readonly forgotten: number;
  }[];
}

/** All that the checks are made on. */
export interface Observed {
  readonly stackName: string;
  /** The manager's clock, before and after all of this was looked at. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly services: readonly DeployedService[];
  readonly tasks: readonly SwarmTask[];
  readonly nodes: readonly SwarmNode[];
  readonly places: readonly SeenThere[];
  /** null: nobody could ask. */
  readonly connections: SeenConnections | null;
  /** `user` of each service of the stack that says whose it is, by its key. */
  readonly users: ReadonlyMap<string, string>;
}
