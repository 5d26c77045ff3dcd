import type { Transaction } from "./database.ts";
import type { RowEncoder } from "./row-encoder.ts";
import { StatementError } from "./statement-error.ts";

/** Rows and bytes of one statement at the most. */
const ROWS_MAX = 5_000;
const BYTES_MAX = 4 * 1024 * 1024;

export interface RefusedRow {
  /** Which of the rows. */
  readonly row: number;
  readonly error: StatementError;
}

/**
 * Writes rows with a statement that takes them as one parameter. A statement that is refused because
 * of its rows is tried with half of them, and so on, until the ones that are to blame are alone.
 */
export class RowWriter {
  private readonly tx: Transaction;
  private readonly sql: string;
  private readonly encoder: RowEncoder;
  readonly refused: RefusedRow[] = [];

  constructor(tx: Transaction, sql: string, encoder: RowEncoder) {
    this.tx = tx;
    this.sql = sql;
    this.encoder = encoder;
  }

  /** Writes the rows from 0 up to `count`; while the server works on some, the next are encoded. */
  async writeAll(count: number): Promise<void> {
    let writing: Promise<void> = Promise.resolve();
    for (let from = 0; from < count; ) {
      const { bytes, to } = this.encoder.encode(from, Math.min(count, from + ROWS_MAX), BYTES_MAX);
      await writing;
      writing = this.write(bytes, from, to);
      // Seen when it is awaited.
      writing.catch(() => {});
      from = to;
    }
    await writing;
  }

  private async write(bytes: Uint8Array, from: number, to: number): Promise<void> {
    const { tx } = this;
    await tx.execute("savepoint rows");
    try {
      await tx.query(this.sql, [bytes]);
      await tx.execute("release savepoint rows");
    } catch (error) {
      if (!(error instanceof StatementError && error.blamesRows)) throw error;
      await tx.execute("rollback to savepoint rows; release savepoint rows");
      await this.writeHalves(from, to, error);
    }
  }

  private async writeHalves(from: number, to: number, error: StatementError): Promise<void> {
    if (to - from === 1) {
      this.refused.push({ row: from, error });
      return;
    }
    const middle = (from + to) >> 1;
    for (const [start, end] of [
      [from, middle],
      [middle, to],
    ] as const) {
      const { bytes } = this.encoder.encode(start, end, Number.POSITIVE_INFINITY);
      await this.write(bytes, start, end);
    }
  }
}
