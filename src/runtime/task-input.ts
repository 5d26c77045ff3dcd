import type { RecordBatch, TopicPartition } from "../record/record-batch.ts";
import type { TrackedInput } from "./slice-tracker.ts";

/** One partition of a source of a task, and how far it has been read. */
export interface TaskInput extends TrackedInput, TopicPartition {
  /** The next offset to read. */
  position: number;
  /** Read, not yet processed. */
  head: RecordBatch | null;
}

/** Who has to close a slice in an input. */
export function closersOf(
  markers: TrackedInput["completeness"]["markers"],
  upstream: () => readonly string[],
): readonly string[] {
  if (markers === "none") return [];
  return markers === "upstream-tasks" ? upstream() : markers;
}

/** The input whose next record is the oldest, so that no input runs ahead of the others. */
export function oldest(inputs: readonly TaskInput[]): TaskInput | null {
  let chosen: TaskInput | null = null;
  let chosenMs = Number.POSITIVE_INFINITY;
  for (const input of inputs) {
    if (input.head === null) continue;
    const { control, length, timestampsMs } = input.head;
    const timeMs = length > 0 ? timestampsMs[0]! : (control?.sliceMs ?? 0);
    if (chosen === null || timeMs < chosenMs) {
      chosen = input;
      chosenMs = timeMs;
    }
  }
  return chosen;
}
