import type { StateView, TaskView } from "../state-view.ts";

/** One replica, as it told of itself last; or that it does not answer, and why. */
export interface Instance extends Omit<StateView, "at" | "application"> {
  readonly replica: string;
  /** Of its own inspector; null: others cannot reach it. */
  readonly url: string | null;
}

/** An application: all its replicas, and which topologies they run. */
export interface Gathered {
  readonly at: number;
  readonly application: string;
  readonly topologies: readonly {
    readonly hash: string;
    readonly version: string;
    readonly replicas: readonly string[];
  }[];
  readonly instances: readonly Instance[];
}

/** A task with who has it. */
export interface PlacedTask {
  readonly replica: string;
  readonly thread: string;
  readonly task: TaskView;
}

/** Of one process too, which tells only of itself. */
export function gathered(state: Gathered | StateView): Gathered {
  if ("instances" in state) return state;
  const { at, application, ...own } = state;
  const { hash, version } = own;
  const replica = "this process";
  return {
    ...{ at, application },
    topologies: hash === null ? [] : [{ hash, version, replicas: [replica] }],
    instances: [{ replica, url: null, ...own }],
  };
}

/** Also of a replica that does not answer, which may have no threads to tell of. */
export const tasksOf = ({ instances }: Gathered): PlacedTask[] =>
  instances.flatMap(({ replica, threads }) =>
    (threads ?? []).flatMap(({ name, tasks }) =>
      tasks.map((task) => ({ replica, thread: name, task })),
    ),
  );
