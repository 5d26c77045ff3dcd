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

export interface Transaction {
  /** One statement. @throws StatementError when the server refuses it. */
  query(sql: string, parameters?: readonly Parameter[]): Promise<Answer>;
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
