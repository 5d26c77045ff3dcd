/** A dead letter, cut so that any number of them can be shown. Times in ISO 8601. */
export interface DeadLetterSample {
  /** The feed. */
  readonly stream: string;
  /** A word for it; `file`: a whole file was rejected. */
  readonly reason: string;
  /** The rest of what is said of it. */
  readonly detail: string;
  readonly topic: string | null;
  readonly partition: number | null;
  readonly offset: number | null;
  readonly slice: string | null;
  readonly at: string;
  /** Its beginning, as far as that is UTF-8. From the Internet. */
  readonly text: string;
  /** How long it is. */
  readonly bytes: number;
}
