import type { SubTopology, Topology } from "../topology/topology.ts";

/** What a task of a sub-topology is called where its number would say little. */
export interface TaskNode {
  /** The table, or the last step, in which everything comes together. */
  readonly name: string;
  readonly isTable: boolean;
}

/** By the number of the sub-topology. */
export const taskNodes = ({ subTopologies }: Topology): ReadonlyMap<number, TaskNode> =>
  new Map(subTopologies.map((sub) => [sub.id, nodeOf(sub)]));

function nodeOf({ nodes }: SubTopology): TaskNode {
  const table = nodes.find(({ kind }) => kind === "table");
  const last = table ?? nodes.findLast(({ kind }) => kind === "processor") ?? nodes[0]!;
  return { name: last.name, isTable: table !== undefined };
}

/** Of a task by its id, as in `0_3`. */
export const subTopologyOf = (task: string): number => Number(task.slice(0, task.indexOf("_")));
