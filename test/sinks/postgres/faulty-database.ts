import { RetriableError } from "../../../src/record/errors.ts";
import type { Database, Transaction } from "../../../src/sinks/postgres/database.ts";
import { Crash, type Fault } from "../delta/faulty-store.ts";

/**
 * One process's way to a shared database, on which some calls fail: every statement is one, and so
 * is every commit. A connection is gone with its transaction, whether the call had its effect or not.
 */
export class FaultyDatabase implements Database {
  private readonly database: Database;
  private readonly faults: readonly Fault[];
  private calls = 0;
  private dead = false;

  constructor(database: Database, faults: readonly Fault[] = []) {
    this.database = database;
    this.faults = faults;
  }

  get isDead(): boolean {
    return this.dead;
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    // Said from within, so that the transaction is rolled back; or after it, when it is through.
    let afterwards: Error | null = null;
    const result = await this.database.transaction(async (tx) => {
      const done = await work({
        query: (sql, parameters) => this.through(() => tx.query(sql, parameters)),
        execute: (sql) => this.through(() => tx.execute(sql)),
      });
      const fault = this.next();
      if (fault !== undefined && !fault.effect) throw this.failure(fault);
      if (fault !== undefined) afterwards = this.failure(fault);
      return done;
    });
    if (afterwards !== null) throw afterwards;
    return result;
  }

  async close(): Promise<void> {}

  private async through<T>(call: () => Promise<T>): Promise<T> {
    const fault = this.next();
    if (fault === undefined) return await call();
    if (fault.effect) await call();
    throw this.failure(fault);
  }

  private next(): Fault | undefined {
    if (this.dead) throw new Crash("the process is gone");
    const number = this.calls++;
    return this.faults.find(({ call }) => call === number);
  }

  private failure({ kind, call }: Fault): Error {
    if (kind === "lost-reply") return new RetriableError(`no reply to call ${call}`);
    this.dead = true;
    return new Crash(`at call ${call}`);
  }
}
