import type { Evidence } from "../evidence.ts";

/** Something that holds after every run, whatever happened in it. */
export interface Invariant {
  readonly id: string;
  /** What holds, in a sentence. */
  readonly says: string;
  /** Where it does not, a line each; empty when it holds. */
  readonly violations: (evidence: Evidence) => string[];
}
