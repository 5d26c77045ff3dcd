import assert from "node:assert/strict";
import { test } from "node:test";
import { isListening } from "../../scripts/services/ports.ts";
import { postgres } from "../../scripts/services/postgres.ts";
import { endProcess, isRunning, thisProcess } from "../../scripts/services/running-process.ts";
import { psql } from "./own-database.ts";
import { ownInstance } from "./own-instance.ts";
import { service } from "./service.ts";

const instance = ownInstance("postgres");
const self = await thisProcess();
const shared = await service("postgres");
const other = await service("postgres");
const skip = !(await postgres.software.isInstalled()) && "Postgres is not installed";

test("a Postgres starts, keeps rows, and stops", { skip }, async () => {
  const started = await instance.start(postgres, self);
  const url = postgres.endpoint(started.ports);
  await psql(url, "create table sums (a int primary key)", "insert into sums values (1), (41)");
  assert.equal(await psql(url, "select sum(a) from sums"), "42");
  assert.equal(await psql(url, "show fsync"), "off");
  assert.equal(await psql(url, "show listen_addresses"), "127.0.0.1");
  await instance.stop(self);
  assert.equal(await isRunning(started.servers[0]!), false);
  assert.equal(await isListening(started.ports[0]!), false);
});

test("a Postgres that was killed has its committed rows when it is back", { skip }, async () => {
  const started = await instance.start(postgres, self, { fsync: true });
  const url = postgres.endpoint(started.ports);
  assert.equal(await psql(url, "show fsync"), "on");
  await psql(url, "create table kept (a int)", "insert into kept values (7)");
  await endProcess(started.servers[0]!, "SIGKILL", 10_000);
  await instance.restart(postgres);
  assert.equal(await psql(url, "select a from kept"), "7");
  assert.equal(await psql(url, "show fsync"), "on");
  await instance.stop(self);
});

test("everybody who asks has an empty database of his own", { skip: shared.skip }, async () => {
  const [mine, theirs] = [shared.connection!.url, other.connection!.url];
  await psql(mine, "create table sums (a int)");
  await psql(theirs, "create table sums (b text)");
  const tables = "select count(*) from pg_tables where schemaname = 'public'";
  assert.equal(await psql(mine, tables), "1");
  assert.equal(await psql(theirs, tables), "1");
  assert.notEqual(await psql(mine, "select current_database()"), "postgres");
});
