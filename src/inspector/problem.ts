/** What can be wrong, as a process knows it of itself or of what it needs; the page has words for each. */
export const PROBLEM_KINDS = [
  /** The database of the mart does not answer. */
  "mart_down",
  /** A table outside the log has failed, and not committed since. */
  "table_failing",
  /** The same of a task of the joins. */
  "task_failing",
  /** A slice was closed without the file of a feed. */
  "slice_missing",
  /** A file of a feed was there, and is not what it should be. */
  "file_rejected",
  /** Many rows of a feed go to the dead letters. */
  "rows_unreadable",
  /** The next slice should have come. */
  "slice_overdue",
] as const;

export type ProblemKind = (typeof PROBLEM_KINDS)[number];

/** Something that is wrong now. It is gone from the list as soon as it is mended. */
export interface Problem {
  readonly kind: ProblemKind;
  /** Of what: a database, a task and its node, a slice and feed. Several may tell of the same. */
  readonly about: string;
  /** Seconds since the epoch; null: nobody knows. */
  readonly since: number | null;
  /** What is known of it, for a person. */
  readonly reason: string;
}
