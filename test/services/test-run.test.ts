import assert from "node:assert/strict";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, afterEach, test } from "node:test";
import { instanceOf } from "../../scripts/services/catalog.ts";
import { postgres } from "../../scripts/services/postgres.ts";
import { thisProcess } from "../../scripts/services/running-process.ts";
import { TestRunServices } from "../../scripts/services/test-run.ts";
import { service } from "./service.ts";

const scratch = await mkdtemp(path.join(tmpdir(), "gdelt-streams-test-run-"));
// For the user that Postgres runs as when we are root.
await chmod(scratch, 0o755);
after(() => rm(scratch, { recursive: true, force: true }));

const environment = { ...process.env };
afterEach(() => {
  process.env = { ...environment };
});

const skip = !(await postgres.software.isInstalled()) && "Postgres is not installed";
const needs = { running: ["postgres"] } as const;

test("what a suite needs is started once, and stopped at the end of the run", {
  skip,
}, async () => {
  process.env["GDELT_STREAMS_SERVICES"] = scratch;
  const run = new TestRunServices(false);
  assert.match((await run.prepare(needs)).join(), /^postgres started in /);
  assert.deepEqual(await run.prepare(needs), []);
  assert.ok(await instanceOf("postgres").running());
  await run.close();
  assert.equal(await instanceOf("postgres").running(), null);
});

test("what was running for others goes on when a run has ended", { skip }, async () => {
  process.env["GDELT_STREAMS_SERVICES"] = scratch;
  const started = await instanceOf("postgres").start(postgres, "hand");
  const run = new TestRunServices(false);
  await run.prepare(needs);
  await run.close();
  assert.deepEqual(await instanceOf("postgres").running(), started);
  await instanceOf("postgres").stop("hand");
});

test("a server that is given is used, and none is installed or started", async () => {
  process.env["GDELT_STREAMS_SERVICES"] = scratch;
  process.env["GDELT_STREAMS_CACHE"] = path.join(scratch, "empty");
  process.env["GDELT_STREAMS_KAFKA3"] = "one.example:9092,two.example:9092";
  const run = new TestRunServices(true);
  run.foresee([{ running: ["kafka3"] }]);
  assert.deepEqual(await run.prepare({ running: ["kafka3"] }), []);
  assert.equal(await instanceOf("kafka3").running(), null);
  const { connection } = await service("kafka3");
  assert.deepEqual(connection?.brokers, ["one.example:9092", "two.example:9092"]);
});

test("outside CI a run builds nothing that takes long: it says how to get it", async () => {
  process.env["GDELT_STREAMS_SERVICES"] = scratch;
  process.env["GDELT_STREAMS_CACHE"] = path.join(scratch, "empty");
  const told = await new TestRunServices(false).prepare({ running: ["minio"] });
  assert.equal(told.length, 1);
  assert.match(told[0]!, /minio is not installed .*npm run services -- install minio/);
  assert.equal(await instanceOf("minio").running(), null);
});

test("without a service there is a reason to skip, and in CI an error", async () => {
  process.env["GDELT_STREAMS_SERVICES"] = scratch;
  process.env["GDELT_STREAMS_CACHE"] = path.join(scratch, "empty");
  process.env["CI"] = "";
  const { connection, skip: reason } = await service("minio");
  assert.equal(connection, null);
  assert.match(String(reason), /npm run services -- install minio/);
  process.env["CI"] = "true";
  await assert.rejects(service("minio"), /in CI nothing may be skipped/);
});

test("servers of a run that was killed are stopped at the end of the next", { skip }, async () => {
  process.env["GDELT_STREAMS_SERVICES"] = scratch;
  const killed = { ...(await thisProcess()), started: "in another life" };
  await instanceOf("postgres").start(postgres, killed);
  await new TestRunServices(false).close();
  assert.equal(await instanceOf("postgres").running(), null);
});
