import type { Evidence, SeenManifest } from "../evidence.ts";
import type { Invariant } from "./invariant.ts";

export const timeAdvances: Invariant = {
  id: "I6",
  says: "the stream time of a task never goes back from one committed checkpoint to the next",
  violations: (evidence) => {
    const last = new Map<string, SeenManifest>();
    const wrong: string[] = [];
    for (const manifest of committedManifests(evidence)) {
      const { task, id, streamTimeMs } = manifest;
      const before = last.get(task);
      if (before !== undefined && streamTimeMs < before.streamTimeMs) {
        wrong.push(
          `task ${task} went back from ${timeOf(before)} (${before.id}) to ${timeOf(manifest)} (${id})`,
        );
      }
      last.set(task, manifest);
    }
    return wrong;
  },
};

const timeOf = ({ streamTimeMs }: SeenManifest): string =>
  Math.abs(streamTimeMs) > 8.64e15 ? `${streamTimeMs}` : new Date(streamTimeMs).toISOString();

/** In the order in which they were committed. */
function committedManifests({ commits, tasks, manifests }: Evidence): SeenManifest[] {
  return commits
    .filter(({ outcome }) => outcome === "committed")
    .flatMap(({ positions }) => {
      const task = tasks.find(({ inputs }) => positions.has(inputs[0]!));
      const id = task && positions.get(task.inputs[0]!)?.metadata;
      return manifests.find((seen) => seen.task === task?.id && seen.id === id) ?? [];
    });
}
