import type { Evidence, KnownTask } from "../evidence.ts";
import type { GroupCommit } from "../world/group-commits.ts";
import type { Invariant } from "./invariant.ts";

/** Committed by a task that has begun and has no state yet. */
const NO_CHECKPOINT = "none";

/**
 * Output and positions are in one transaction of Kafka, which ends as a whole; what is checked is
 * that the positions are those of a whole task, and of a checkpoint that is there.
 */
export const wholeCommits: Invariant = {
  id: "I3",
  says: "a commit has the positions of all inputs of a task, which name one whole manifest",
  violations: (evidence) => [
    ...evidence.commits
      .filter(({ outcome }) => outcome === "committed")
      .flatMap((commit) => problemsOf(commit, evidence)),
    ...evidence.commits
      .filter(({ outcome }) => outcome === "plain")
      .map((commit) => `${namesIn(commit)} committed without a transaction`),
    ...evidence.tasks.flatMap((task) => problemsAtTheEnd(task, evidence)),
  ],
};

function problemsOf(commit: GroupCommit, { tasks, manifests }: Evidence): string[] {
  const task = tasks.find(({ inputs }) => commit.positions.has(inputs[0]!));
  if (!task) return [`positions of no task: ${namesIn(commit)}`];
  if (namesIn(commit) !== task.inputs.toSorted().join(", ")) {
    return [`task ${task.id} has committed ${namesIn(commit)} and nothing else`];
  }
  const ids = new Set([...commit.positions.values()].map(({ metadata }) => metadata));
  if (ids.size > 1) return [`task ${task.id}: one commit names ${[...ids].join(" and ")}`];
  const [id] = ids;
  if (id === NO_CHECKPOINT) return [];
  const seen = manifests.find((manifest) => manifest.task === task.id && manifest.id === id);
  if (!seen) return [`task ${task.id} has committed ${id}, which was never stored`];
  return seen.isWhole ? [] : [`task ${task.id} has committed ${id}, whose bytes are others`];
}

function problemsAtTheEnd({ id }: KnownTask, { restored }: Evidence): string[] {
  const checkpoint = restored.find(({ task }) => task === id);
  if (!checkpoint) return [`task ${id} names no checkpoint at the end`];
  return checkpoint.problem === null ? [] : [checkpoint.problem];
}

const namesIn = ({ positions }: GroupCommit): string => [...positions.keys()].toSorted().join(", ");
