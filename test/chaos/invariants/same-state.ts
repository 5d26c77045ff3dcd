import type { Invariant } from "./invariant.ts";

const EXAMPLES = 3;

export const sameState: Invariant = {
  id: "I4",
  says: "the checkpoint of a task holds what one process, undisturbed, computes from the topics",
  violations: ({ tasks, restored, recomputed }) =>
    tasks.flatMap(({ id }) => {
      const [found, wanted] = [restored, recomputed].map(
        (all) => new Set(all.find(({ task }) => task === id)?.holds),
      );
      const lacks = [...wanted!].filter((line) => !found!.has(line));
      const has = [...found!].filter((line) => !wanted!.has(line));
      const nothing = wanted!.size === 0 ? [`nothing was recomputed of task ${id}`] : [];
      return [
        ...nothing,
        ...lacks.slice(0, EXAMPLES).map((line) => `task ${id} lacks ${line}`),
        ...has.slice(0, EXAMPLES).map((line) => `task ${id} has ${line}`),
      ];
    }),
};
