import { ConfigError, TaskCorruptedError, TaskMigratedError } from "../record/errors.ts";

/**
 * The checkpoint which the committed offsets of a task name, all the same one.
 * @throws TaskCorruptedError when they do not agree.
 */
export function agreedCheckpoint(
  task: string,
  group: string,
  ids: readonly (string | undefined)[],
): string {
  const [id] = ids;
  if (id !== undefined && id !== "" && ids.every((other) => other === id)) return id;
  throw new TaskCorruptedError(
    `task ${task} of ${group}: the committed offsets of its inputs name different ` +
      `checkpoints (${ids.map((other) => other ?? "none").join(", ")}); something else commits ` +
      "to this group. Reset the application, or give it another id",
  );
}

/** There are checkpoints, and there were no offsets a moment ago, but there are now. */
export const begunByAnother = (task: string, group: string): Error =>
  new TaskMigratedError(`another has taken task ${task} of ${group} and begun it`);

/** There are checkpoints, and no offsets that would name one. */
export const offsetsAreGone = (task: string, group: string): Error =>
  new ConfigError(
    `task ${task} of ${group} has checkpoints but no committed offsets (they expire ` +
      "when a group is away for long, or another log was configured). Either point the " +
      "application at the log it ran with, or reset it to begin from nothing",
  );
