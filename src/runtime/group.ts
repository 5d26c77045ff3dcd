/** What a member tells of itself whenever the tasks are shared out. */
export interface MemberInfo {
  /** The process it belongs to: its members share a disk, and fail together. */
  readonly process: string;
  /** Which topology it runs: tasks of one are not given to those who run another. */
  readonly topology: string;
  /** Tasks it has open. They stay where they are if they can; nobody else gets them before. */
  readonly owned: readonly string[];
  /** Tasks whose state lies on its disk, and the number of the checkpoint that it has of each. */
  readonly local: Readonly<Record<string, number>>;
}

/** The tasks a member is to run, and those whose state it is to hold ready for another's failure. */
export interface Assignment {
  readonly active: readonly string[];
  readonly standby: readonly string[];
}

/** Shares the tasks out to members, by their names; a pure function, asked on one member for all. */
export type Assignor = (
  members: ReadonlyMap<string, MemberInfo>,
) => ReadonlyMap<string, Assignment>;

export interface JoinOptions {
  readonly group: string;
  /** What the application reads, for tools that show groups. */
  readonly topics: readonly string[];
  /** Asked at every sharing out. */
  readonly describe: () => MemberInfo;
  readonly assign: Assignor;
}

export type GroupEvent =
  /** The tasks are being shared out. Those that are open go on meanwhile. */
  | { readonly kind: "rebalancing" }
  | { readonly kind: "assigned"; readonly assignment: Assignment }
  /**
   * The group has given this member up (it was silent for longer than the session): what it had open
   * belongs to others. It joins again by itself.
   */
  | { readonly kind: "lost"; readonly cause: unknown };

/**
 * One member of a group, in the background: it joins, keeps the session alive and is told what to
 * run. Tasks move in two steps. A member that is no longer to run a task is given an assignment
 * without it, closes it and asks to share out anew; only then another gets it. So tasks that stay
 * are never stopped.
 */
export interface Membership {
  /**
   * What has happened since the last call, the oldest first; null: nothing. Does not wait.
   * @throws what keeps it out of the group for good.
   */
  poll(): GroupEvent | null;
  /** Asks to share the tasks out anew: what this member owns has changed. */
  rejoin(): void;
  /** Leaves, so that the others need not wait for the session to run out. May be called twice. */
  leave(): Promise<void>;
}

/** Where groups are kept. */
export interface TaskGroups {
  /** Begins to join; the first assignment comes as an event. */
  join(options: JoinOptions): Membership;
}
