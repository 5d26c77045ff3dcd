import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { ConfigError, RetriableError } from "../../../src/record/errors.ts";
import type { Database } from "../../../src/sinks/postgres/database.ts";
import { openPglite } from "../../../src/sinks/postgres/pglite-database.ts";

const scratch = await mkdtemp(path.join(os.tmpdir(), "pglite-"));
after(() => rm(scratch, { recursive: true, force: true }));
const folder = path.join(scratch, "data");

/** Who has the folder; the lock is free again when nobody has. */
let holder: number | null = null;
const lock = async (pid: number) => {
  assert.equal(holder, null, `process ${holder} still has it`);
  holder = pid;
  return {
    release: async () => {
      assert.equal(isAlive(pid), false, "released by a process that lives");
      holder = null;
    },
  };
};

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function withPglite(body: (database: Database) => Promise<void>): Promise<void> {
  const database = await openPglite({ folder, lock });
  try {
    await body(database);
  } finally {
    await database.close();
  }
  assert.equal(holder, null);
}

const rowsOf = async (database: Database) =>
  (await database.transaction((tx) => tx.query("select a from kept order by a"))).rows.flat();

test("a database that was not finished is made anew, and one that was made stays", async () => {
  // As if a process had died while it made one.
  await mkdir(`${folder}.new`, { recursive: true });
  await writeFile(path.join(`${folder}.new`, "PG_VERSION"), "18\n");
  await withPglite(async (database) => {
    await database.transaction((tx) => tx.execute("create table kept (a int)"));
  });
  assert.equal(existsSync(`${folder}.new`), false);
  await withPglite(async (database) => assert.deepEqual(await rowsOf(database), []));
});

test("what was committed outlives a kill, what was not leaves nothing", async () => {
  await withPglite(async (database) => {
    await database.transaction((tx) => tx.execute("insert into kept values (1)"));
    const cut = database.transaction(async (tx) => {
      await tx.execute("insert into kept values (2)");
      process.kill(holder!, "SIGKILL");
      await tx.execute("insert into kept values (3)");
    });
    await assert.rejects(cut, RetriableError);
    // The same database goes on, in another process.
    assert.deepEqual(await rowsOf(database), ["1"]);
    await database.transaction((tx) => tx.execute("insert into kept values (4)"));
    process.kill(holder!, "SIGKILL");
    while (isAlive(holder!)) await new Promise((resolve) => setImmediate(resolve));
  });
  await withPglite(async (database) => assert.deepEqual(await rowsOf(database), ["1", "4"]));
});

test("a process that does not answer is ended, and the database goes on in another", async () => {
  const database = await openPglite({ folder, lock, silenceMsMax: 5000 });
  try {
    const before = await rowsOf(database);
    const hung = holder!;
    process.kill(hung, "SIGSTOP");
    await assert.rejects(rowsOf(database), { name: RetriableError.name, message: /5000 ms/ });
    assert.equal(isAlive(hung), false);
    assert.deepEqual(await rowsOf(database), before);
  } finally {
    await database.close();
  }
});

test("commits are synced, and the log of changes does not grow for ever", async () => {
  await withPglite(async (database) => {
    const setting = async (name: string) =>
      (await database.transaction((tx) => tx.query(`show ${name}`))).rows[0]![0];
    assert.equal(await setting("fsync"), "on");
    assert.equal(await setting("wal_sync_method"), "fsync");
    const walFiles = async () => {
      const { rows } = await database.transaction((tx) =>
        tx.query("select count(*) from pg_ls_waldir()"),
      );
      return Number(rows[0]![0]);
    };
    // A file has 16 MB.
    const message = "select pg_logical_emit_message(true, 'test', repeat('x', 16000000))";
    for (let n = 0; n < 16; n++) await database.transaction((tx) => tx.execute(message));
    assert.ok((await walFiles()) <= 10, `${await walFiles()} files`);
  });
});

test("tables that change are vacuumed, and known to the planner", async () => {
  await withPglite(async (database) => {
    const ask = async (sql: string) =>
      (await database.transaction((tx) => tx.query(sql))).rows[0]![0];
    await database.transaction((tx) =>
      tx.execute("create table changing as select i as a from generate_series(1, 5000) i"),
    );
    await database.transaction((tx) => tx.execute("update changing set a = a + 1"));
    const vacuums = `select vacuum_count > 0 and analyze_count > 0 and n_dead_tup = 0
      from pg_stat_user_tables where relname = 'changing'`;
    for (let n = 0; n < 20; n++) await ask("select 1");
    await ask("select pg_stat_force_next_flush()");
    assert.equal(await ask(vacuums), "t");
  });
});

test("a folder that cannot be had is not opened, and no process stays behind", async () => {
  let started = 0;
  const refuse = async (pid: number) => {
    started = pid;
    throw new ConfigError("somebody has it");
  };
  await assert.rejects(openPglite({ folder, lock: refuse }), ConfigError);
  assert.equal(isAlive(started), false);
});

test("files that are no database are an error that says so", async () => {
  const broken = path.join(scratch, "broken");
  await mkdir(broken);
  await writeFile(path.join(broken, "PG_VERSION"), "18\n");
  await assert.rejects(openPglite({ folder: broken, lock }), RetriableError);
  assert.equal(holder, null);
});
