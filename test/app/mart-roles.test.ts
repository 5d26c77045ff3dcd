import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { postgres } from "../../scripts/services/postgres.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";
import { GOLD_MARTS } from "../../src/app/gold/gold-marts.ts";
import { MIGRATIONS } from "../../src/app/mart.ts";
import { MART_TABLES } from "../../src/app/mart-tables.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { migrate } from "../../src/sinks/postgres/migrations.ts";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { psql } from "../services/own-database.ts";
import { ownInstance } from "../services/own-instance.ts";
import { ask, records, resetTables, sinkOn, value } from "../sinks/postgres/sink-fixture.ts";

const program = fileURLToPath(new URL("../../bin/gdelt-streams.js", import.meta.url));
const skip = !(await postgres.software.isInstalled()) && "Postgres is not installed";

/** Roles are a server's, and others use the shared one. */
const instance = ownInstance("roles");
let admin = "";
if (!skip) admin = postgres.endpoint((await instance.start(postgres, await thisProcess())).ports);

const urlOf = (user: string, database = "mart"): string => {
  const url = new URL(admin);
  url.username = user;
  url.pathname = `/${database}`;
  return url.href;
};

/** As a user types it. */
const typed = async (url: string): Promise<string> =>
  (await promisify(execFile)(process.execPath, [program, "mart", "migrate", "--mart", url])).stdout;

const as = async <T>(user: string, work: (of: ReturnType<typeof openPgDatabase>) => Promise<T>) => {
  const database = openPgDatabase(urlOf(user));
  return await work(database).finally(() => database.close());
};

/** What the server says no to, for want of permission. */
async function refuses(user: string, ...statements: string[]): Promise<void> {
  for (const statement of statements) {
    await as(user, (database) =>
      assert.rejects(
        database.transaction((tx) => tx.execute(statement)),
        (error: Error) => error instanceof ConfigError && /42501/.test(error.message),
        statement,
      ),
    );
  }
}

test("an owner who may not create roles has all but them, and is told", { skip }, async () => {
  await psql(
    admin,
    "create role owner login",
    "create database mart owner owner",
    "create database early",
  );
  const said = await typed(urlOf("owner"));
  for (const role of ["gdelt_writer", "gdelt_reader"]) {
    assert.match(
      said,
      new RegExp(`role ${role} is not there, and this login may not create roles`),
    );
  }
  assert.match(said, /0001-tables\.sql is applied\n/);
  await as("owner", async (database) => {
    await resetTables(database);
    const sink = sinkOn(database);
    await sink.open();
    sink.write(records(0, [value({ id: 1, slice: "2024-01-01T00:00:00Z" })]));
    await sink.commit();
  });
});

test("once an administrator has made the roles, they get what they may do", { skip }, async () => {
  await psql(admin, "create role gdelt_writer nologin", "create role gdelt_reader nologin");
  assert.equal(await typed(urlOf("owner")), "the tables are up to date\n");
  await psql(
    admin,
    "create role feeder login in role gdelt_writer",
    "create role analyst login in role gdelt_reader",
    "create role stranger login",
  );
  await psql(
    urlOf("postgres"),
    "create schema secret",
    "create table secret.salaries (name text)",
    "create table secret.days (slice timestamptz) partition by range (slice)",
  );
});

test("a writer feeds the tables, has partitions made, and finds nothing to migrate", { skip }, () =>
  as("feeder", async (database) => {
    assert.deepEqual(await migrate(database, MIGRATIONS), []);
    const sink = sinkOn(database);
    assert.equal(await sink.open(), 1);
    const refused = { id: 3, name: "\0", slice: "2024-01-02T00:00:00Z" };
    sink.write(records(1, [value({ id: 2, slice: "2024-01-02T00:00:00Z" }, refused)]));
    await sink.commit();
    assert.deepEqual(await ask(database, "select id from silver.small order by id"), [
      ["1"],
      ["2"],
    ]);
    assert.deepEqual(await ask(database, "select row from ops.dead_letter"), [["1"]]);
  }),
);

test("a writer replaces the rows of Gold, and keeps its books", { skip }, () =>
  as("feeder", async (database) => {
    for (const { name } of GOLD_MARTS) {
      await ask(database, `insert into gold.${name} select * from gold.${name}`);
      await ask(database, `delete from gold.${name}`);
    }
    await ask(
      database,
      `insert into ops.gold_runs
          (status, lake, events_version, mentions_version, slices_closed, days_changed, project)
        values ('RUNNING', '', 1, 1, 1, 1, '')`,
    );
    await ask(database, "update ops.gold_runs set status = 'DIED'");
    await ask(database, "delete from ops.gold_partitions");
  }),
);

test("a writer alters and drops nothing, and sees no other schema", { skip }, () =>
  refuses(
    "feeder",
    "drop table silver.small",
    "drop table silver.small_20240102",
    "truncate gold.gold_event_story",
    "update gold.gold_event_story set sentence = ''",
    "delete from ops.gold_runs",
    "alter table silver.events add column note text",
    "alter table silver.small detach partition silver.small_20240102",
    "truncate silver.small",
    "delete from silver.small",
    "create table silver.mine (a int)",
    "create index on silver.events (revision)",
    "update ops.migrations set checksum = ''",
    "drop function ops.provide_day",
    "select ops.provide_roles()",
    "select * from secret.salaries",
    "select ops.provide_day('secret.days', '2024-01-01')",
    "create schema mine",
    "create role friend",
  ),
);

test("partitions are made of the mart's own tables alone", { skip }, () =>
  as("feeder", async (database) => {
    for (const table of ["ops.slices", "pg_catalog.pg_class"]) {
      await assert.rejects(
        database.transaction((tx) => tx.query("select ops.provide_day($1, '2024-01-01')", [table])),
        /has no partitions by day \(42809\)/,
      );
    }
  }),
);

test("a reader reads, also what was made after it, and does nothing else", { skip }, async () => {
  await as("analyst", async (database) => {
    for (const { table } of MART_TABLES) await ask(database, `select * from ${table.name}`);
    for (const { name } of GOLD_MARTS) await ask(database, `select * from gold.${name}`);
    assert.deepEqual(await ask(database, "select id from silver.small_20240102"), [["2"]]);
    assert.equal((await ask(database, "select 1 from ops.migrations")).length > 2, true);
  });
  await refuses(
    "analyst",
    "insert into silver.small select * from silver.small",
    "update silver.small set name = 'x'",
    "delete from ops.sink_offsets",
    "delete from gold.gold_event_story",
    "update ops.gold_runs set status = ''",
    "truncate ops.dead_letter",
    "drop table silver.small",
    "create table silver.mine (a int)",
    "select ops.provide_day('silver.small', '2024-01-03')",
    "select ops.drop_day('silver.small', '2024-01-02')",
    "select * from secret.salaries",
  );
  await refuses("stranger", "select * from silver.events", "select * from ops.slices");
});

test("a writer has a day of the mart's own tables dropped when it is old enough, and of no others", {
  skip,
}, async () => {
  const days = async () => {
    const partitions =
      "select inhrelid::regclass from pg_inherits where inhparent = 'silver.small'::regclass";
    return (await as("feeder", (database) => ask(database, `${partitions} order by 1`))).flat();
  };
  const provide = (day: string) =>
    as("feeder", (database) => ask(database, `select ops.provide_day('silver.small', '${day}')`));
  await provide("2024-01-11");
  // Nine days before the newest, and that itself; and how old they must be is not the writer's to say.
  await refuses(
    "feeder",
    "select ops.drop_day('silver.small', '2024-01-02')",
    "select ops.drop_day('silver.small', '2024-01-11')",
    "create or replace function ops.kept_at_least() returns interval language sql as $$ select interval '0' $$",
  );
  assert.deepEqual(await days(), [
    "silver.small_20240101",
    "silver.small_20240102",
    "silver.small_20240111",
  ]);
  await provide("2024-01-12");
  await psql(
    urlOf("postgres"),
    "create table secret.days_20240102 partition of secret.days for values from ('2024-01-02') to ('2024-01-03')",
    "grant usage on schema secret to feeder",
  );
  await as("feeder", async (database) => {
    await ask(database, "select ops.drop_day('secret.days', '2024-01-02')");
    await ask(database, "select ops.drop_day('silver.small', '2024-01-02')");
    assert.deepEqual(
      await ask(
        database,
        "select to_regclass('silver.small_20240102'), to_regclass('secret.days_20240102')",
      ),
      [[null, "secret.days_20240102"]],
    );
    assert.deepEqual(await ask(database, "select id from silver.small"), [["1"]]);
  });
  await psql(urlOf("postgres"), "revoke usage on schema secret from feeder");
});

test("a writer that is newer than the tables is told who can mend it", { skip }, async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "migrations-"));
  after(() => rm(folder, { recursive: true, force: true }));
  await cp(MIGRATIONS, folder, { recursive: true });
  const count = (await readdir(folder)).length;
  const file = `${String(count + 1).padStart(4, "0")}-note.sql`;
  await writeFile(path.join(folder, file), "alter table silver.events add column note text;");
  await as("feeder", (database) =>
    assert.rejects(migrate(database, folder), (error: Error) => {
      assert.ok(error instanceof ConfigError);
      assert.match(error.message, new RegExp(`migration ${file} cannot be applied by this login`));
      assert.match(error.message, /run gdelt-streams mart migrate as the owner of the tables/);
      return true;
    }),
  );
  assert.deepEqual(await as("owner", (of) => migrate(of, folder)), [file]);
  await as("feeder", async (of) => assert.deepEqual(await migrate(of, folder), []));
});

test("five processes that start at once make the tables and roles once", { skip }, async () => {
  await psql(admin, "alter role owner createrole", "alter database early owner to owner");
  await psql(urlOf("owner", "mart"), "drop schema silver, ops, gold cascade");
  await psql(admin, "drop role feeder, analyst, gdelt_writer, gdelt_reader");
  const databases = ["mart", "early", "mart", "early", "mart"];
  const applied = await Promise.all(
    databases.map(async (name) => {
      const database = openPgDatabase(urlOf("owner", name));
      return await migrate(database, MIGRATIONS).finally(() => database.close());
    }),
  );
  const all = applied.toSorted((a, b) => b.length - a.length);
  assert.deepEqual(all[0], all[1]);
  assert.ok(all[0]!.length > 2);
  assert.deepEqual(all.slice(2), [[], [], []]);
  const roles = "select count(*) from pg_roles where rolname in ('gdelt_writer', 'gdelt_reader')";
  assert.equal(await psql(admin, roles), "2");
});
