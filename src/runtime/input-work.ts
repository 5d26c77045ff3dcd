import type { RecordBatch } from "../record/record-batch.ts";
import { SliceAudit, type SliceAudits } from "./slice-audit.ts";
import { newestOf, sliceAt } from "./slice-ends.ts";

/** What a task has done with an input since its last commit. */
export interface InputDone {
  readonly records: number;
  /** By how much the stream was past the first row of each batch, ms; 0: it was in time. */
  readonly lateMs: readonly number[];
  readonly audits: SliceAudits;
}

/** Counts for the next commit what is processed of an input. */
export class InputWork {
  readonly #audit = new SliceAudit();
  readonly #isAudited: boolean;
  #records = 0;
  #lateMs: number[] = [];
  /** The newest slice of what is not committed; null: there is none. */
  sliceMs: number | null = null;

  /** @param writers how many may write into the partition at the same time. */
  constructor(writers: number) {
    this.#isAudited = writers === 1;
  }

  /** A batch is processed; @param firstMs event time of its first row, NaN or undefined: it has none. */
  take(records: RecordBatch, firstMs: number | undefined, streamTimeMs: number): void {
    this.#records += records.length;
    this.sliceMs = newestOf([this.sliceMs, sliceAt(records)]);
    if (this.#isAudited) this.#audit.take(records);
    const lateMs = streamTimeMs - (firstMs ?? Number.NaN);
    if (!Number.isNaN(lateMs)) this.#lateMs.push(Math.max(0, lateMs));
  }

  get done(): InputDone {
    return { records: this.#records, lateMs: this.#lateMs, audits: this.#audit.found };
  }

  committed(): void {
    this.#records = 0;
    this.sliceMs = null;
    this.#lateMs = [];
    this.#audit.committed();
  }

  /** The task goes back to its last commit. */
  clear(): void {
    this.committed();
    this.#audit.clear();
  }
}
