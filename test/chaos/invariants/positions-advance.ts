import type { Evidence } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

/**
 * That a position is the one after the last row which was processed shows in the output: else rows
 * are missing or twice. Here: it never goes back, and in the end it is that of the topic's end.
 */
export const positionsAdvance: Invariant = {
  id: "I5",
  says: "committed positions never go back, and are at the ends of the topics in the end",
  violations: (evidence) => {
    const last = new Map<string, number>();
    const wrong: string[] = [];
    for (const { positions, outcome } of evidence.commits) {
      if (outcome === "aborted") continue;
      for (const [name, { offset }] of positions) {
        const before = last.get(name) ?? 0;
        if (offset < before) wrong.push(`${name} went back from ${before} to ${offset}`);
        last.set(name, offset);
      }
    }
    return [...wrong, ...behind(last, evidence)];
  },
};

const behind = (last: ReadonlyMap<string, number>, { tasks, topics }: Evidence): string[] =>
  tasks.flatMap(({ inputs }) =>
    inputs.flatMap((name) => {
      const end = topics.find((at) => `${at.topic}-${at.partition}` === name)?.stableEnd;
      const position = last.get(name);
      return end === position ? [] : [`${name} is committed to ${position}, and ends at ${end}`];
    }),
  );
