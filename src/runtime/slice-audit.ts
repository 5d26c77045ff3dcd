import type { RecordBatch } from "../record/record-batch.ts";
import { WATERMARK } from "./slice-tracker.ts";

/** Ends of slices that have come by, by whether as many records were read as they say. */
export interface SliceAudits {
  readonly ok: number;
  readonly differs: number;
}

/**
 * Holds what is read of a partition against what its ends of slices say was put in. Where several
 * write at the same time there is nothing to be held against: their records are mixed.
 */
export class SliceAudit {
  /** Since the last end; null: reading began in between, and the next end proves nothing. */
  #records: number | null = null;
  #ok = 0;
  #differs = 0;

  take({ length, control }: RecordBatch): void {
    if (this.#records !== null) this.#records += length;
    if (control === null || control.attempt === WATERMARK) return;
    if (this.#records === control.rows) this.#ok++;
    else if (this.#records !== null) this.#differs++;
    this.#records = 0;
  }

  /** Since the last commit. */
  get found(): SliceAudits {
    return { ok: this.#ok, differs: this.#differs };
  }

  committed(): void {
    this.#ok = 0;
    this.#differs = 0;
  }

  /** Reading goes on from somewhere else. */
  clear(): void {
    this.committed();
    this.#records = null;
  }
}
