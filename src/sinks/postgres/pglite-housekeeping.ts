import type { PGlite } from "@electric-sql/pglite";

const MIB = 1024 * 1024;

/** Log of changes that may gather before a checkpoint lets the files go. */
const WAL_BYTES_MAX = 64 * MIB;

/** Looking for tables to vacuum costs a millisecond. */
const TRANSACTIONS_PER_LOOK = 16;

/** As a server's autovacuum: rows that are dead, or new to the statistics, before a table is due. */
const MOST_DUE = `
  select format('%I.%I', schemaname, relname) from pg_stat_user_tables
  where greatest(n_dead_tup, n_mod_since_analyze) > 2000 + 0.2 * n_live_tup
  order by greatest(n_dead_tup, n_mod_since_analyze) desc limit 1`;

/**
 * What a server does in processes beside, and PGlite, which is one process, does not: without
 * checkpoints the log of changes grows for ever, without vacuum the tables do, and without
 * statistics questions are planned badly.
 */
export class PgliteHousekeeping {
  private readonly database: PGlite;
  private checkpointAt = 0;
  private transactions = 0;

  constructor(database: PGlite) {
    this.database = database;
  }

  async afterTransaction(): Promise<void> {
    const written = await this.walBytes();
    if (written - this.checkpointAt > WAL_BYTES_MAX) {
      await this.database.exec("checkpoint");
      this.checkpointAt = written;
    }
    if (this.transactions++ % TRANSACTIONS_PER_LOOK === 0) await this.vacuumMostDue();
  }

  private async walBytes(): Promise<number> {
    const { rows } = await this.database.query<{ bytes: string }>(
      "select (pg_current_wal_insert_lsn() - '0/0')::text as bytes",
    );
    return Number(rows[0]!.bytes);
  }

  /** One at a time, so that nobody waits for long. */
  private async vacuumMostDue(): Promise<void> {
    // Otherwise what has been counted may be a second old, or ten.
    await this.database.exec("select pg_stat_force_next_flush()");
    const { rows } = await this.database.query<[string]>(MOST_DUE, [], { rowMode: "array" });
    const [due] = rows;
    if (due !== undefined) await this.database.exec(`vacuum (analyze) ${due[0]}`);
  }
}
