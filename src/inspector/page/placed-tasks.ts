import type { GatheredState } from "../peers/gathering.ts";
import type { TaskView } from "../state-view.ts";

/** A task with who has it. */
export interface PlacedTask {
  readonly replica: string;
  readonly thread: string;
  readonly task: TaskView;
}

export const tasksOf = ({ instances }: GatheredState): PlacedTask[] =>
  instances.flatMap(({ replica, threads }) =>
    threads.flatMap(({ name, tasks }) => tasks.map((task) => ({ replica, thread: name, task }))),
  );
