/** Answers of the inspector that only the page reads, as far as it reads them; others may hold more. */

/** `/events/{id}` */
export interface KnownEvent {
  readonly id: string;
  readonly foundIn: "state" | "mart" | "lake" | null;
  readonly owner: {
    readonly replica: string;
    readonly thread: string;
    readonly task: string;
  } | null;
  readonly status: string;
  readonly sentence: string | null;
  readonly event: Readonly<Record<string, unknown>> | null;
  readonly mentions: readonly Readonly<Record<string, unknown>>[];
  readonly documents: readonly Readonly<Record<string, unknown>>[];
}

/** `/audit/{id}`: its steps, the oldest first. */
export type EventAudit = readonly AuditStep[] | { readonly steps: readonly AuditStep[] };

export interface AuditStep {
  /** Seconds since the epoch. */
  readonly at: number | string | null;
  readonly state: string;
  readonly reason: string | null;
  readonly where: unknown;
}

/** `/dead-letters` */
export interface DeadLetters {
  readonly total: number;
  readonly byReason: readonly {
    readonly stream: string;
    readonly reason: string;
    readonly rows: number;
  }[];
  readonly samples: readonly DeadLetterSample[];
}

export interface DeadLetterSample {
  readonly stream: string;
  readonly reason: string;
  readonly detail: string | null;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | string | null;
  readonly slice: number | string | null;
  readonly at: number | string | null;
  /** Cut, and from the Internet. */
  readonly text: string | null;
  readonly bytes: number | null;
}
