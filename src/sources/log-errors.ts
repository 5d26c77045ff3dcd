import { ConfigError, TaskCorruptedError, TaskMigratedError } from "../record/errors.ts";
import { partitionName, type TopicPartition } from "../record/record-batch.ts";
import type { TopicSpec } from "../runtime/ports.ts";

/** What the embedded logs refuse, and why: the same words for the same mistake. */

/** @throws ConfigError when the topic cannot be created, or exists with other partitions. */
export function checkTopic(
  { name, partitions, retention }: TopicSpec,
  existing: number | undefined,
): void {
  if (existing !== undefined && existing !== partitions) {
    throw new ConfigError(
      `topic ${name} exists with ${existing} partitions, not ${partitions}: ` +
        "configure as many as it has, or reset under a new name",
    );
  }
  if (!Number.isInteger(partitions) || partitions < 1) {
    throw new ConfigError(`topic ${name} cannot have ${partitions} partitions: give it 1 or more`);
  }
  if (typeof retention === "number" && !(Number.isFinite(retention) && retention >= 0)) {
    throw new ConfigError(`topic ${name} cannot keep rows for ${retention} ms: say "forever"?`);
  }
}

export const noSuchPartition = (at: TopicPartition): ConfigError =>
  new ConfigError(`the log has no ${partitionName(at)}: create its topic first`);

/** @throws TaskCorruptedError when nothing can be read at `offset`, nor ever will be. */
export function checkBounds(
  at: TopicPartition,
  offset: number,
  bounds: { readonly start: number; readonly end: number },
): void {
  if (Number.isInteger(offset) && offset >= bounds.start && offset <= bounds.end) return;
  throw new TaskCorruptedError(
    `offset ${offset} of ${partitionName(at)} is outside of the log, which holds ` +
      `${bounds.start} to ${bounds.end}: restore the position from a checkpoint, or reset`,
  );
}

export const fenced = (transactionalId: string, epoch: number, owner: number): TaskMigratedError =>
  new TaskMigratedError(
    `the producer ${transactionalId} of epoch ${epoch} is fenced: epoch ${owner} has its id now`,
  );
