import type { Evidence } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

/**
 * An owner is an epoch of the task's producer. What it writes after the next one has begun to write
 * must not count; and what counts, counts in one line, a commit after the other.
 */
export const oneOwner: Invariant = {
  id: "I7",
  says: "nothing counts that a former owner of a task has written after the next one had begun",
  violations: (evidence) => [...fencedRows(evidence), ...brokenLines(evidence)],
};

function fencedRows({ topics }: Evidence): string[] {
  return topics.flatMap(({ topic, partition, batches }) => {
    const newest = new Map<number, number>();
    return batches.flatMap(({ producerId, epoch, outcome, records }) => {
      if (producerId < 0) return [];
      const before = newest.get(producerId) ?? epoch;
      newest.set(producerId, Math.max(before, epoch));
      if (epoch >= before || outcome === "aborted") return [];
      const offset = records[0]?.offset;
      return [
        `${topic}-${partition} has rows of epoch ${epoch} at ${offset}, after those of ${before}`,
      ];
    });
  });
}

function brokenLines({ commits, tasks }: Evidence): string[] {
  const wrong: string[] = [];
  for (const { id, inputs } of tasks) {
    let [epoch, owner, sequence] = [-1, -1, 0];
    for (const commit of commits) {
      const position = commit.positions.get(inputs[0]!);
      if (position === undefined || commit.outcome !== "committed") continue;
      if (commit.producerId === owner && commit.epoch < epoch) {
        wrong.push(`task ${id}: epoch ${commit.epoch} has committed after epoch ${epoch}`);
      }
      [owner, epoch] = [commit.producerId, commit.epoch];
      const next = Number.parseInt(position.metadata, 10) || 0;
      if (next !== 0 && next !== sequence + 1) {
        wrong.push(`task ${id}: checkpoint ${position.metadata} follows number ${sequence}`);
      }
      sequence = next;
    }
  }
  return wrong;
}
