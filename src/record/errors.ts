/** The class says what to do, the message what happened. Every one carries its cause if it has one. */

/** The author of a topology has to change it. */
export class TopologyError extends Error {
  override readonly name = "TopologyError";
}

/** The operator has to change configuration, arguments or environment. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** This record cannot be used: dead-letter it, go on with the next. */
export class RecordError extends Error {
  override readonly name = "RecordError";
}

/** The world failed for now: wait and try again. */
export class RetriableError extends Error {
  override readonly name = "RetriableError";
}

/** State and positions disagree or cannot be read: drop what is in memory, restore, go on. */
export class TaskCorruptedError extends Error {
  override readonly name = "TaskCorruptedError";
}

/** Another owner has taken the task over: drop everything, commit nothing. */
export class TaskMigratedError extends Error {
  override readonly name = "TaskMigratedError";
}
