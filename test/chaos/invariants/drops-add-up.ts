import type { Evidence } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

const DEAD_LETTERS = "dead-letters";

export const dropsAddUp: Invariant = {
  id: "I8",
  says: "rows dropped, by reason, are as many by the tasks' counters, in the topic and in the table",
  violations: (evidence) => {
    const { expectedDrops, deadLetters } = evidence;
    const counted = countersAtTheEnd(evidence);
    const wrong = Object.entries(expectedDrops).flatMap(([reason, rows]) => {
      const found = counted[reason] ?? 0;
      return found === rows ? [] : [`${reason}: ${rows} rows, and the tasks count ${found}`];
    });
    for (const place of ["topic", "table"] as const) {
      const rows = expectedDrops[DEAD_LETTERS] ?? 0;
      if (deadLetters[place] === rows) continue;
      wrong.push(`${rows} dead letters, and the ${place} has ${deadLetters[place]}`);
    }
    return wrong;
  },
};

function countersAtTheEnd({ restored, manifests }: Evidence): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { task, id } of restored) {
    const last = manifests.find((seen) => seen.task === task && seen.id === id);
    for (const [name, count] of Object.entries(last?.counters ?? {})) {
      sums[name] = (sums[name] ?? 0) + count;
    }
  }
  return sums;
}
