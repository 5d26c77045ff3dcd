import type { DeadLetterSample } from "../dead-letter-sample.ts";

/** Answers of the inspector that only the page reads, as far as it reads them; others may hold more. */

/** `/events/{id}` */
export interface KnownEvent {
  readonly id: number;
  readonly foundIn: "state" | "mart" | "lake";
  readonly owner: {
    readonly replica: string;
    readonly thread: string;
    readonly task: string;
  } | null;
  readonly status: string;
  readonly sentence: string | null;
  readonly event: Readonly<Record<string, unknown>> | null;
  /** Of all mentions, of which there may be more than are here. */
  readonly mentionCount: number;
  readonly mentions: readonly Readonly<Record<string, unknown>>[];
  readonly documents: readonly Readonly<Record<string, unknown>>[];
}

/** `/audit/{id}` */
export interface EventAudit {
  /** The oldest first. */
  readonly steps: readonly AuditStep[];
  /** Who could not be asked, so that steps may be missing. */
  readonly unasked: readonly string[];
}

export interface AuditStep {
  readonly at: string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly where: string;
}

/** `/dead-letters` */
export interface DeadLetters {
  readonly total: number;
  readonly byReason: readonly {
    readonly stream: string;
    readonly reason: string;
    readonly rows: number;
  }[];
  /** Replicas whose tasks are not in the sum. */
  readonly uncounted: readonly string[];
  readonly samples: readonly DeadLetterSample[];
}
