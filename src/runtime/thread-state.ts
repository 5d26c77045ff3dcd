/**
 *     CREATED ──► STARTING ──► PARTITIONS_ASSIGNED ⇄ RUNNING ⇄ PARTITIONS_REVOKED
 *
 * and from each of them PENDING_SHUTDOWN ──► DEAD. The words are those of Kafka Streams; tasks that stay
 * run in all of them.
 */
export const THREAD_STATES = [
  "CREATED",
  /** Waits for what the group gives it. */
  "STARTING",
  /** Commits and closes tasks that others are to have. */
  "PARTITIONS_REVOKED",
  /** Opens tasks. */
  "PARTITIONS_ASSIGNED",
  /** All that was assigned runs. */
  "RUNNING",
  "PENDING_SHUTDOWN",
  "DEAD",
] as const;

export type ThreadState = (typeof THREAD_STATES)[number];
