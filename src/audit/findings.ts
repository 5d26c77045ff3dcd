import { stampOf } from "../gdelt/feeds.ts";

/** What the audit holds to be so, one sentence each; a finding says where it is not. */
export const CHECKS = {
  "file-damaged": "a data file is not there as it was written",
  "rows-in-table": "a table does not have the rows that were put into it",
  "entry-missing": "an attempt at a slice lacks what a feed has closed it with",
  "bronze-missing": "rows of a file are not in Bronze",
  "bronze-surplus": "Bronze has rows that no published file has",
  "offset-twice": "two rows of Bronze come from the same place of the log",
  "offset-order": "rows lie in the log in another order than they were published in",
  "event-missing": "events are neither in Silver nor dead letters",
  "event-surplus": "Silver has events that no published row has",
  "event-revision-twice": "an event has the same revision twice",
  "mention-missing": "mentions are neither in Silver nor dead letters",
  "mention-surplus": "Silver has mentions that no published row has",
  "mention-revision-twice": "a mention has the same revision twice",
  "mention-outcome": "a mention must be joined, or an orphan with its reason",
  "context-missing": "mentions lack the context that their document's GKG row has",
  "context-surplus": "mentions have a context that no GKG row of their document has",
  "mention-count": "an event counts other mentions than those that are joined to it",
  "joined-without-event": "mentions are joined to events that Silver does not have",
  "orphan-with-event": "mentions are orphans, though Silver has their event",
  "state-missing": "events lack the state in audit/lifecycle that they have in Silver",
  "state-surplus": "audit/lifecycle has states that Silver does not know of",
  "state-twice": "an event has reached the same state twice",
  "waiting-first": "an event has reached a state before it was waiting",
  "still-waiting": "the stream has ended, and events still wait",
  "dead-letter-twice": "a row is a dead letter twice",
  "dead-letter-surplus": "a dead letter names a row that Bronze does not have",
  "rejected-file": "a rejected file is not among the dead letters",
} as const;

export type Check = keyof typeof CHECKS;

/** Where rows are not what they have to be. */
export interface Finding {
  readonly check: Check;
  readonly message: string;
  /** The slice's stamp; null where it is not of one slice. */
  readonly slice: string | null;
  /** The feed, or the table. */
  readonly feed: string | null;
  /** Rows, files or keys: by how much it does not add up. */
  readonly count: number;
  /** A few, for a person to look them up. */
  readonly examples: readonly string[];
}

/** A query's row: which slice and feed, how many, and a few of them. */
export interface Count {
  readonly slice_ms: number | null;
  readonly feed: string | null;
  readonly n: number;
  readonly examples: readonly string[] | null;
}

/** What does not add up, and what cannot be told yet because a table is behind. */
export class Findings {
  readonly problems: Finding[] = [];
  readonly open: Finding[] = [];

  /** `isOpen`: the tables which ought to agree have not all come so far. */
  add(check: Check, counts: readonly Count[], isOpen: (count: Count) => boolean): void {
    for (const count of counts) {
      if (count.n === 0) continue;
      const { slice_ms: sliceMs, feed, n, examples } = count;
      const slice = sliceMs === null ? null : stampOf(sliceMs);
      const list = isOpen(count) ? this.open : this.problems;
      const message = CHECKS[check];
      list.push({ check, message, slice, feed, count: n, examples: examples ?? [] });
    }
  }
}

/** For what is wrong whatever any table still has to come to. */
export const never = (): boolean => false;
