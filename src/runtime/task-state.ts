/**
 *     CREATED ──► RESTORING ──► RUNNING ──► CLOSED
 *                  │   ▲           │          ▲
 *                  │   └───────────┘          │
 *                  └──────────────────────────┘
 *
 * RUNNING goes back to RESTORING when the outcome of a commit is unknown.
 */
const TRANSITIONS = {
  CREATED: ["RESTORING", "CLOSED"],
  RESTORING: ["RUNNING", "CLOSED"],
  RUNNING: ["RESTORING", "CLOSED"],
  CLOSED: [],
} as const satisfies Record<string, readonly string[]>;

export type TaskState = keyof typeof TRANSITIONS;

/** The next state; asking for a transition that does not exist is a bug. */
export function transition(task: string, from: TaskState, to: TaskState): TaskState {
  if (!(TRANSITIONS[from] as readonly string[]).includes(to)) {
    throw new Error(`task ${task} cannot go from ${from} to ${to}`);
  }
  return to;
}
