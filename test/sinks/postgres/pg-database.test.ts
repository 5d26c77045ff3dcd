import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ConfigError, RetriableError } from "../../../src/record/errors.ts";
import { openPgDatabase } from "../../../src/sinks/postgres/pg-database.ts";
import { service } from "../../services/service.ts";

const { connection, skip } = await service("postgres");
const database = openPgDatabase(connection?.url ?? "postgres://nobody@127.0.0.1:1/none");
after(() => database.close());

const backend = "select pg_backend_pid()";
const cut = (pid: string) =>
  database.transaction((tx) => tx.query("select pg_terminate_backend($1)", [pid]));

test("a connection that breaks in the middle fails its transaction alone", { skip }, async () => {
  const broken = database.transaction(async (tx) => {
    const { rows } = await tx.query(backend);
    await tx.execute("create table half (a int)");
    await cut(rows[0]![0]!);
    await tx.query("select 1");
  });
  await assert.rejects(broken, RetriableError);
  const { rows } = await database.transaction((tx) => tx.query("select to_regclass('half')"));
  assert.deepEqual(rows, [[null]]);
});

test("a connection that breaks while nobody uses it is replaced", { skip }, async () => {
  const { rows } = await database.transaction((tx) => tx.query(backend));
  const other = openPgDatabase(connection!.url);
  await other.transaction((tx) => tx.query("select pg_terminate_backend($1)", [rows[0]![0]!]));
  await other.close();
  // The pool hears of it when it comes to; until then a transaction may still fail for now.
  for (let attempt = 0; ; attempt++) {
    try {
      await database.transaction((tx) => tx.query("select 1"));
      break;
    } catch (error) {
      assert.ok(error instanceof RetriableError && attempt < 10, `${error}`);
    }
  }
});

/** Connections to this file's database which are not the one that asks. */
const OTHERS = `select count(*) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`;

test("a thousand lost connections leave none behind, and never more than the pool's", {
  skip,
}, async () => {
  const CONNECTIONS_MAX = 10;
  const watcher = openPgDatabase(connection!.url);
  const others = async () => {
    const { rows } = await watcher.transaction((tx) => tx.query(OTHERS));
    return Number(rows[0]![0]);
  };
  // This file's other database may hold some of its own.
  const before = await others();
  let pool = openPgDatabase(connection!.url);
  const pids = new Set<string>();
  let most = 0;
  for (let round = 0; pids.size < 1_000; round++) {
    assert.ok(round < 1_000, `${pids.size} connections after ${round} rounds`);
    // Several at once, each of which loses its connection, before or within its next statement.
    await Promise.all(
      Array.from({ length: 25 }, () =>
        pool
          .transaction(async (tx) => {
            const { rows } = await tx.query(backend);
            pids.add(rows[0]![0]!);
            await tx.query("select pg_terminate_backend(pg_backend_pid())");
          })
          .catch((error: unknown) => assert.ok(error instanceof RetriableError, `${error}`)),
      ),
    );
    most = Math.max(most, (await others()) - before);
    if (round % 10 !== 9) continue;
    await pool.close();
    pool = openPgDatabase(connection!.url);
  }
  assert.ok(most <= CONNECTIONS_MAX, `${most} at once`);
  await pool.transaction((tx) => tx.query("select 1"));
  await pool.close();
  // The server takes a moment to see that they are gone.
  for (let attempt = 0; (await others()) > before; attempt++) {
    assert.ok(attempt < 200, `${await others()} connections, ${before} before`);
    await sleep(50);
  }
  await watcher.close();
});

test("the server knows who asks, and gives up idle transactions", { skip }, async () => {
  const { rows } = await database.transaction((tx) =>
    tx.query(`select current_setting('application_name'), current_setting('statement_timeout'),
      current_setting('idle_in_transaction_session_timeout')`),
  );
  assert.deepEqual(rows, [["gdelt-streams", "2min", "1min"]]);
});

test("what an operator has to mend is said without the password", { skip }, async () => {
  const wrong = new URL(connection!.url);
  wrong.pathname = "/there-is-no-such-database";
  wrong.password = "secret";
  const other = openPgDatabase(wrong.href);
  await assert.rejects(
    other.transaction((tx) => tx.query("select 1")),
    (error) => {
      assert.ok(error instanceof ConfigError, `${error}`);
      assert.match(error.message, /there-is-no-such-database/);
      assert.doesNotMatch(error.message, /secret/);
      return true;
    },
  );
  await other.close();
});

test("a server that is not there may come", async () => {
  const absent = openPgDatabase("postgres://me:secret@127.0.0.1:1/mart");
  await assert.rejects(
    absent.transaction((tx) => tx.query("select 1")),
    (error) => {
      assert.ok(error instanceof RetriableError, `${error}`);
      assert.match(error.message, /127\.0\.0\.1:1\/mart cannot be reached: ECONNREFUSED/);
      return true;
    },
  );
  await absent.close();
});

test("what is no address is refused at once, and not repeated", () => {
  assert.throws(
    () => openPgDatabase("postgres://me:sec ret@:port"),
    (error: Error) => error instanceof ConfigError && !error.message.includes("sec"),
  );
});
