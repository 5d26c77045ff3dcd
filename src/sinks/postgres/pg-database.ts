import pg from "pg";
import { ConfigError, RetriableError } from "../../record/errors.ts";
import type { Answer, Database, Parameter, Transaction, TransactionLimits } from "./database.ts";
import { StatementError, worldError } from "./statement-error.ts";

const SECOND_MS = 1000;

/** Commits that run at once; more wait for a connection. */
const CONNECTIONS_MAX = 10;

const POOL: pg.PoolConfig = {
  max: CONNECTIONS_MAX,
  // A statement goes out while those before it are not answered; the server takes them in order.
  pipeline: true,
  // Below what firewalls and load balancers forget a silent connection after.
  keepAlive: true,
  keepAliveInitialDelayMillis: 30 * SECOND_MS,
  idleTimeoutMillis: 60 * SECOND_MS,
  // A connection does not outlive a failover or a change of passwords for long.
  maxLifetimeSeconds: 1800,
  // Waiting for a free connection counts too, and each may be at a large commit.
  connectionTimeoutMillis: 60 * SECOND_MS,
  statement_timeout: 120 * SECOND_MS,
  // For a server that is gone without a word.
  query_timeout: 150 * SECOND_MS,
  // A process that hangs within a transaction must not keep its successor waiting for the row locks.
  idle_in_transaction_session_timeout: 60 * SECOND_MS,
  application_name: "gdelt-streams",
  // Values stay as the server writes them.
  types: { getTypeParser: () => (text: string) => text },
};

/**
 * A Postgres server, by a pool of connections: `postgres://user:password@host:port/database`.
 * Nothing is connected yet. @throws ConfigError when it is no such address.
 */
export function openPgDatabase(url: string): Database {
  let pool: pg.Pool;
  let name: string;
  try {
    const { host, pathname } = new URL(url);
    name = `${host}${pathname}`;
    pool = new pg.Pool({ ...POOL, connectionString: url });
  } catch (cause) {
    // The address may hold a password, so it is not repeated.
    const message =
      "not an address of a Postgres: write postgres://user:password@host:port/database";
    throw new ConfigError(message, { cause });
  }
  // Of a connection in the pool that broke: it is replaced, and unheard this would end the process.
  pool.on("error", () => {});
  return new PgDatabase(pool, name);
}

class PgDatabase implements Database {
  private readonly pool: pg.Pool;
  private readonly name: string;

  constructor(pool: pg.Pool, name: string) {
    this.pool = pool;
    this.name = name;
  }

  async transaction<T>(
    work: (tx: Transaction) => Promise<T>,
    { timeoutMs }: TransactionLimits = {},
  ): Promise<T> {
    const client = await this.connect();
    // A connection that breaks while it is lent says so here too, beside failing its query.
    const onError = () => {};
    client.on("error", onError);
    const tx = new PgTransaction(client, this.name);
    let isBroken = true;
    try {
      await tx.execute("begin");
      if (timeoutMs !== undefined) await tx.execute(`set local statement_timeout = ${timeoutMs}`);
      const result = await work(tx);
      await tx.commit();
      isBroken = false;
      return result;
    } catch (error) {
      isBroken = !(await tx.rollback()) || mayBeTheSessions(error);
      throw error;
    } finally {
      client.off("error", onError);
      client.release(isBroken);
    }
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async connect(): Promise<pg.PoolClient> {
    try {
      return await this.pool.connect();
    } catch (cause) {
      throw asWorldError(cause, this.name);
    }
  }
}

class PgTransaction implements Transaction {
  private readonly client: pg.PoolClient;
  private readonly name: string;

  constructor(client: pg.PoolClient, name: string) {
    this.client = client;
    this.name = name;
  }

  async query(sql: string, parameters: readonly Parameter[] = [], name?: string): Promise<Answer> {
    const values = parameters.map((value) =>
      value instanceof Uint8Array ? asBuffer(value) : value,
    );
    // Not by the simple protocol, in which the text may be several statements.
    const query = {
      ...(name !== undefined && { name }),
      text: sql,
      values,
      rowMode: "array",
      queryMode: "extended",
    } as const;
    const { rows, fields, rowCount } = await this.send(query);
    return {
      columns: fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
      rows,
      count: rowCount ?? 0,
    };
  }

  async execute(sql: string): Promise<void> {
    await this.send({ text: sql, rowMode: "array" });
  }

  async commit(): Promise<void> {
    const { command } = await this.send({ text: "commit", rowMode: "array" });
    // Of a transaction in which a statement has failed the server makes a rollback, without a word.
    if (command !== "COMMIT") throw new Error(`the transaction ended with ${command}`);
  }

  /** Whether the connection is of further use. */
  async rollback(): Promise<boolean> {
    try {
      await this.execute("rollback");
      return true;
    } catch {
      return false;
    }
  }

  private async send(query: pg.QueryArrayConfig): Promise<pg.QueryArrayResult> {
    try {
      return await this.client.query(query);
    } catch (cause) {
      throw asWorldError(cause, this.name);
    }
  }
}

/** Of what passes on the server, but not for a session that has begun before. */
const mayBeTheSessions = (error: unknown): boolean =>
  error instanceof RetriableError || (error instanceof StatementError && error.isReadOnly);

const asBuffer = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

function asWorldError(cause: unknown, name: string): Error {
  if (cause instanceof pg.DatabaseError && cause.code !== undefined) {
    const { message, code, detail, hint, position } = cause;
    const at = position === undefined ? undefined : Number(position);
    const error = worldError({ message, code, detail, hint, position: at }, cause);
    return error instanceof StatementError ? error : withName(error, name);
  }
  const { code, message } = cause as NodeJS.ErrnoException;
  return new RetriableError(`the database ${name} cannot be reached: ${code ?? message}`, {
    cause,
  });
}

function withName(error: Error, name: string): Error {
  error.message = `${name}: ${error.message}`;
  return error;
}
