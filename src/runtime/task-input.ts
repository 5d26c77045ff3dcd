import type { RecordBatch, TopicPartition } from "../record/record-batch.ts";
import type { SourceNode, SubTopology } from "../topology/topology.ts";
import { InputWork } from "./input-work.ts";
import type { Log, OffsetCommit } from "./ports.ts";
import type { InputSlices, InputStatus } from "./runner-status.ts";
import type { TrackedInput } from "./slice-tracker.ts";

/** One partition of a source of a task, and how far it has been read. */
export interface TaskInput extends TrackedInput, Reading {
  /** Since the last commit. */
  readonly work: InputWork;
}

/** A partition that is read. */
export interface Reading extends TopicPartition {
  /** The source or table of the topology. */
  readonly node: string;
  /** The next offset to read. */
  position: number;
  /** Read, not yet processed. */
  head: RecordBatch | null;
  /** The first offset there was when the log was asked last; null: it never was. */
  start: number | null;
}

/** The inputs of a task, at their beginning. */
export const inputsOf = (
  { nodes }: SubTopology,
  partition: number,
  upstreamTasks: (topic: string) => readonly string[],
): readonly TaskInput[] =>
  nodes
    .filter((node): node is SourceNode => node.kind === "source")
    .map(({ name, topic, completeness }) => {
      const closers = closersOf(completeness.markers, () => upstreamTasks(topic));
      // Feeds of a topic are published one after the other; upstream tasks write all at once.
      const writers = completeness.markers === "upstream-tasks" ? closers.length : 1;
      const beginning = { position: 0, head: null, start: null, work: new InputWork(writers) };
      return { node: name, topic, partition, completeness, closers, ...beginning };
    });

/** Who has to close a slice in an input. */
function closersOf(
  markers: TrackedInput["completeness"]["markers"],
  upstream: () => readonly string[],
): readonly string[] {
  if (markers === "none") return [];
  return markers === "upstream-tasks" ? upstream() : markers;
}

/** The positions reached, with the checkpoint that holds the state up to there. */
export const offsetsOf = (inputs: readonly Reading[], metadata: string): OffsetCommit[] =>
  inputs.map(({ topic, partition, position: offset }) => ({ topic, partition, offset, metadata }));

/** Records that have not been processed yet. */
export async function lagOf(log: Log, inputs: readonly Reading[]): Promise<number> {
  const ends = await Promise.all(inputs.map((input) => log.bounds(input)));
  return ends.reduce((sum, { end }, i) => sum + end - inputs[i]!.position, 0);
}

/** How an input stands; what is read for that is processed next. */
export async function lookAt(
  log: Log,
  input: Reading,
  { bytesMax, slices }: { readonly bytesMax: number; readonly slices: InputSlices },
): Promise<InputStatus> {
  input.head ??= await log.read(input, input.position, bytesMax);
  const { node, topic, partition, position, head } = input;
  // Where nothing was found the position is the end, and nobody need be asked, but once.
  const bounds = head === null && input.start !== null ? null : await log.bounds(input);
  if (bounds !== null) input.start = bounds.start;
  return {
    ...{ node, topic, partition, position, start: input.start },
    end: head === null ? position : Math.max(bounds!.end, head.nextOffset),
    oldestMs: head && timeOf(head),
    ...slices,
  };
}

/** Time of the first record, or of the marker where that is all; null: there is only a gap. */
const timeOf = ({ length, timestampsMs, control }: RecordBatch): number | null =>
  length > 0 ? timestampsMs[0]! : (control?.sliceMs ?? null);

/** The input whose next record is the oldest, so that no input runs ahead of the others. */
export function oldest(inputs: readonly TaskInput[]): TaskInput | null {
  let chosen: TaskInput | null = null;
  let chosenMs = Number.POSITIVE_INFINITY;
  for (const input of inputs) {
    if (input.head === null) continue;
    const timeMs = timeOf(input.head) ?? 0;
    if (chosen === null || timeMs < chosenMs) {
      chosen = input;
      chosenMs = timeMs;
    }
  }
  return chosen;
}
