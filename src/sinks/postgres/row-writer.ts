import type { Transaction } from "./database.ts";
import type { RowEncoder } from "./row-encoder.ts";
import { StatementError } from "./statement-error.ts";

/**
 * Rows and bytes of one statement at the most. The server keeps them in `work_mem` while it works on
 * them, and has its first ones the sooner.
 */
const ROWS_MAX = 1_000;
const BYTES_MAX = 1024 * 1024;

/** Statements sent and not answered: the server has the next one while it works on one. */
const UNDER_WAY_MAX = 3;

export interface NamedStatement {
  readonly sql: string;
  readonly name: string;
}

export interface RefusedRow {
  /** Which of the rows. */
  readonly row: number;
  readonly error: StatementError;
}

/**
 * Writes rows with a statement that takes them as one parameter. If one is refused because of its
 * rows, all are tried again one statement after the other: one that is refused then with half of its
 * rows, and so on, until the ones that are to blame are alone.
 */
export class RowWriter {
  private readonly tx: Transaction;
  private readonly sql: string;
  private readonly name: string;
  private readonly encoder: Pick<RowEncoder, "encode">;
  readonly refused: RefusedRow[] = [];

  /** @param statement what writes the rows, under a name of its own. */
  constructor(tx: Transaction, { sql, name }: NamedStatement, encoder: Pick<RowEncoder, "encode">) {
    this.tx = tx;
    this.sql = sql;
    this.name = name;
    this.encoder = encoder;
  }

  /** Writes the rows from 0 up to `count`. */
  async writeAll(count: number): Promise<void> {
    try {
      await this.writeTogether(count);
    } catch (error) {
      if (!blamesRows(error)) throw error;
      await this.tx.execute("rollback to savepoint rows; release savepoint rows");
      for (let from = 0; from < count; ) {
        const { bytes, to } = this.nextRows(from, count);
        await this.writeAlone(bytes, from, to);
        from = to;
      }
    }
  }

  /** While the server works on some, the next are encoded and sent. The commit is the savepoint's too. */
  private async writeTogether(count: number): Promise<void> {
    const underWay = [this.tx.execute("savepoint rows") as Promise<unknown>];
    try {
      for (let from = 0; from < count; ) {
        const { bytes, to } = this.nextRows(from, count);
        if (underWay.length === UNDER_WAY_MAX) await underWay.shift();
        const written = this.tx.query(this.sql, [bytes], this.name);
        // Seen when it is awaited.
        written.catch(() => {});
        underWay.push(written);
        from = to;
      }
      for (const written of underWay) await written;
    } finally {
      // What was sent behind one that is refused is refused as well, for that reason alone.
      await Promise.allSettled(underWay);
    }
  }

  private nextRows(from: number, count: number): { bytes: Uint8Array; to: number } {
    return this.encoder.encode(from, Math.min(count, from + ROWS_MAX), BYTES_MAX);
  }

  private async writeAlone(bytes: Uint8Array, from: number, to: number): Promise<void> {
    const { tx } = this;
    await tx.execute("savepoint rows");
    try {
      await tx.query(this.sql, [bytes], this.name);
      await tx.execute("release savepoint rows");
    } catch (error) {
      if (!blamesRows(error)) throw error;
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
      await this.writeAlone(bytes, start, end);
    }
  }
}

const blamesRows = (error: unknown): error is StatementError =>
  error instanceof StatementError && error.blamesRows;
