import type { SliceClose } from "../operators/operator.ts";
import type { RecordBatch, TopicPartition } from "../record/record-batch.ts";
import { taskSpanId, traceHeaders } from "../record/trace.ts";
import type { SubTopology } from "../topology/topology.ts";

/** A task's partition, and how many each topic has. */
interface Placed {
  readonly partition: number;
  readonly topicPartitions: ReadonlyMap<string, number>;
}

/** Where a task says that a slice has ended: in its own partition, and in each one of a repartition. */
export function* endedBy(
  { nodes }: SubTopology,
  { partition, topicPartitions }: Placed,
): Generator<TopicPartition> {
  for (const node of nodes) {
    if (node.kind !== "sink") continue;
    const [first, count] = node.repartition
      ? [0, topicPartitions.get(node.topic) ?? 1]
      : [partition, 1];
    for (let p = first; p < first + count; p++) yield { topic: node.topic, partition: p };
  }
}

/** What all that a task writes when a slice closes has in its headers. */
export const traceOfClose = (
  task: string,
  generation: number,
  { sliceMs, attempt }: Pick<SliceClose, "sliceMs" | "attempt">,
): Readonly<Record<string, string>> =>
  traceHeaders(sliceMs, taskSpanId(sliceMs, { stage: "close", task, generation, attempt }));

/** The slice that records as read are of, or end; null: there is nothing to tell it by. */
export const sliceAt = ({ control, timestampsMs, length }: RecordBatch): number | null =>
  control?.sliceMs ?? (length > 0 ? timestampsMs[0]! : null);

/** Of slices, of which some may not be known. */
export const newestOf = (slices: readonly (number | null)[]): number | null =>
  slices.reduce(
    (newest, slice) => (slice === null ? newest : Math.max(newest ?? slice, slice)),
    null,
  );
