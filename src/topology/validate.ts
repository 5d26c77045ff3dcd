import { TopologyError } from "../record/errors.ts";
import type { DeadLetterTopic, Node, StoreSpec } from "./topology.ts";

/** Throws a `TopologyError` for the first rule that is broken. */
export function validate(
  nodes: readonly Node[],
  _stores: readonly StoreSpec[],
  _repartitionTopics: readonly string[],
  _deadLetters: DeadLetterTopic | null,
): void {
  if (nodes.length === 0) throw new TopologyError("the topology has no nodes");
}
