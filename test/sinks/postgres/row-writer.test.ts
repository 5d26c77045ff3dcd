import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { RetriableError } from "../../../src/record/errors.ts";
import type { Answer, Parameter, Transaction } from "../../../src/sinks/postgres/database.ts";
import { RowWriter } from "../../../src/sinks/postgres/row-writer.ts";
import { StatementError } from "../../../src/sinks/postgres/statement-error.ts";
import { asyncPropertyRuns } from "../delta/delta-fixture.ts";

const WRITE = { sql: "write", name: "write rows" };
const ROWS_MAX = 1_000;
const UNDER_WAY_MAX = 3;

/** Rows as numbers of four bytes each. */
const encoder = {
  encode: (from: number, to: number) => ({
    bytes: new Uint8Array(Int32Array.from({ length: to - from }, (_, i) => from + i).buffer),
    to,
  }),
};

/** A transaction with savepoints, in which statements that hold one of the bad rows fail. */
class ModelTransaction implements Transaction {
  readonly rows: number[] = [];
  underWay = 0;
  underWayMost = 0;
  private readonly bad: ReadonlySet<number>;
  private readonly failure: () => Error;
  private readonly savepoints: number[] = [];
  private isFailed = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(bad: ReadonlySet<number>, failure: () => Error) {
    this.bad = bad;
    this.failure = failure;
  }

  query(_sql: string, [bytes]: readonly Parameter[] = []): Promise<Answer> {
    return this.inTurn(() => {
      const rows = [...new Int32Array((bytes as Uint8Array).buffer)];
      assert.ok(rows.length <= ROWS_MAX);
      if (this.isFailed) throw new StatementError({ message: "aborted", code: "25P02" });
      this.isFailed = rows.some((row) => this.bad.has(row));
      if (this.isFailed) throw this.failure();
      this.rows.push(...rows);
      return { columns: [], rows: [], count: rows.length };
    });
  }

  execute(sql: string): Promise<void> {
    return this.inTurn(() => {
      if (sql.startsWith("rollback to")) this.rows.length = this.savepoints.pop()!;
      else assert.ok(!this.isFailed, `${sql} in a transaction that has failed`);
      if (sql.startsWith("savepoint")) this.savepoints.push(this.rows.length);
      if (sql.startsWith("release")) this.savepoints.pop();
      this.isFailed = false;
    });
  }

  /** In the order of the calls, and none before it was called and left. */
  private async inTurn<T>(work: () => T): Promise<T> {
    this.underWayMost = Math.max(this.underWayMost, ++this.underWay);
    const turn = this.last.then(() => new Promise(setImmediate)).then(work);
    this.last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      this.underWay--;
    }
  }
}

const refusal = () => new StatementError({ message: "out of range", code: "22003" });

test("all rows are written once but the bad ones, which are named, wherever they are", async () => {
  await asyncPropertyRuns(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 6_000 }),
      fc.array(fc.nat({ max: 5_999 }), { maxLength: 4 }),
      async (count, bad) => {
        const refused = new Set(bad.filter((row) => row < count));
        const tx = new ModelTransaction(refused, refusal);
        const writer = new RowWriter(tx, WRITE, encoder);
        await writer.writeAll(count);
        const all = Array.from({ length: count }, (_, row) => row);
        assert.deepEqual(
          tx.rows,
          all.filter((row) => !refused.has(row)),
        );
        assert.deepEqual(
          writer.refused.map(({ row }) => row),
          all.filter((row) => refused.has(row)),
        );
        assert.ok(tx.underWayMost <= UNDER_WAY_MAX, `${tx.underWayMost} under way`);
        if (count > 4 * ROWS_MAX) assert.equal(tx.underWayMost, UNDER_WAY_MAX);
      },
    ),
    30,
  );
});

test("a failure that is not the rows' ends the writing, when nothing is under way any more", async () => {
  for (const failure of [
    () => new RetriableError("gone"),
    () => new StatementError({ message: "no such column", code: "42703" }),
  ]) {
    const tx = new ModelTransaction(new Set([2_500]), failure);
    const writer = new RowWriter(tx, WRITE, encoder);
    await assert.rejects(writer.writeAll(6_000), { message: failure().message });
    assert.deepEqual(writer.refused, []);
    assert.equal(tx.underWay, 0);
  }
});
