/**
 * What a parameter may be: text as Postgres reads it, or bytes in the binary form of the parameter's
 * type. Nothing is converted on the way.
 */
export type Parameter = string | number | null | Uint8Array;

export interface AnswerColumn {
  readonly name: string;
  /** Object id of the type, as in `pg_type`. */
  readonly type: number;
}

/** What a statement says: values are text as Postgres writes it. */
export interface Answer {
  readonly columns: readonly AnswerColumn[];
  readonly rows: readonly (readonly (string | null)[])[];
  /** Rows that it has written or found. */
  readonly count: number;
}

/**
 * Statements run in the order of the calls; one may be sent before those in front of it are answered. What
 * comes behind one that is refused is refused as well, up to a savepoint.
 */
export interface Transaction {
  /**
   * One statement. @throws StatementError when the server refuses it.
   * @param name under which a server may keep it, parsed and planned, for as long as the connection lasts.
   */
  query(sql: string, parameters?: readonly Parameter[], name?: string): Promise<Answer>;
  /** Any number of statements, without parameters; what they answer is dropped. */
  execute(sql: string): Promise<void>;
}

export interface TransactionLimits {
  /** The server gives up a statement that takes longer, with a `StatementError`. */
  readonly timeoutMs?: number;
}

/**
 * A Postgres: a server, or the one in this process's care. Transactions are READ COMMITTED.
 *
 * Whatever is not an answer of the server (no connection, a connection that broke, one that was shut
 * down) is a `RetriableError`; if it came from the commit, the outcome is unknown. What an operator
 * has to mend (password, permissions, no such database) is a `ConfigError`.
 */
export interface Database {
  /**
   * Commits what `work` has done, or rolls it back if it throws. It must not ask this database for
   * another transaction: where there is one connection, that would wait for itself.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>, limits?: TransactionLimits): Promise<T>;
  /** Waits for the transactions under way. */
  close(): Promise<void>;
}
