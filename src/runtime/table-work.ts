import type { RecordBatch } from "../record/record-batch.ts";
import { type EndedSlice, EndedSlices } from "./ended-slices.ts";
import { SliceAudit, type SliceAudits } from "./slice-audit.ts";

/** What a table has taken from its partition since its last commit. */
export interface TableDone {
  readonly records: number;
  /** Rows that they are in the table. */
  readonly rows: number;
  /** Slices that have ended with them, each for the first time. */
  readonly ended: readonly EndedSlice[];
  readonly audits: SliceAudits;
}

/** Counts for the next commit what a table takes. */
export class TableWork {
  readonly #ended = new EndedSlices();
  readonly #audit = new SliceAudit();
  readonly #isAudited: boolean;
  #records = 0;
  #rows = 0;

  /** @param writers how many may write into the partition at the same time. */
  constructor(writers: number) {
    this.#isAudited = writers === 1;
  }

  /** @param rows what the table makes of the batch. */
  take(records: RecordBatch, rows: number): void {
    this.#records += records.length;
    this.#rows += rows;
    if (this.#isAudited) this.#audit.take(records);
    this.#ended.add(rows, records.control);
  }

  /** What the commit had that is through. */
  committed(): TableDone {
    const ended = this.#ended.take();
    const done = { records: this.#records, rows: this.#rows, ended, audits: this.#audit.found };
    this.#records = 0;
    this.#rows = 0;
    this.#audit.committed();
    return done;
  }

  /** The table goes on from what it has committed. */
  clear(): void {
    this.committed();
    this.#ended.clear();
    this.#audit.clear();
  }
}
