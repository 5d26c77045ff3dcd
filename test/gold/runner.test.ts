import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Database } from "../../src/sinks/postgres/database.ts";
import { openPgDatabase } from "../../src/sinks/postgres/pg-database.ts";
import { ask } from "../sinks/postgres/sink-fixture.ts";
import { compareWithExpected } from "./expected-marts.ts";
import { goldServices, replayInto, scratchFolder, writeInvented } from "./gold-fixture.ts";

const program = fileURLToPath(new URL("../../bin/gdelt-streams.js", import.meta.url));
const services = await goldServices();
const { skip, python, url } = services;
const scratch = await scratchFolder();
const lake = path.join(scratch, "lake");

/** It takes as long as the machine needs; only what never comes ends a test. */
const PATIENCE_MS = 240_000;

let database: Database;
const running = new Set<ChildProcess>();
after(async () => {
  for (const child of running) child.kill("SIGKILL");
  await database?.close();
});

interface Runner {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  readonly said: () => string;
}

function startRunner(...options: string[]): Runner {
  const args = [program, "gold", "run", "--lake", lake, "--mart", url, "--python", python];
  const child = spawn(process.execPath, [...args, ...options], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const ended = once(child, "exit").then(([code]) => {
    running.delete(child);
    return code as number | null;
  });
  return { child, ended, said: () => said };
}

async function until(what: string, isSo: () => Promise<boolean>, runner: Runner): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS;
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, `${what} has not come:\n${runner.said()}`);
    assert.ok(running.has(runner.child), `it has ended before ${what}:\n${runner.said()}`);
    await sleep(50);
  }
}

const statuses = async (): Promise<string> => {
  const rows = await ask(database, "select status from ops.gold_runs order by run_id");
  return rows.map(([status]) => status).join(" ");
};

const seen = async (): Promise<string> =>
  String(
    await ask(
      database,
      `select sum(event_count), sum(joined_mentions), max(processed_at),
        (select count(*) from ops.gold_partitions) from gold.gold_near_realtime_summary`,
    ),
  );

async function slicesUpTo(count: number): Promise<void> {
  const folder = path.join(scratch, `slices-${count}`);
  await writeInvented(folder, count, 5);
  await replayInto(folder, lake, url);
}

test("a runner makes Gold of what is there, and has the folder to itself", { skip }, async () => {
  await slicesUpTo(2);
  database = openPgDatabase(url);
  const runner = startRunner("--poll", "200ms");
  await until("the first run", async () => /gold run 1: 2 slices/.test(runner.said()), runner);
  const second = startRunner("--once");
  assert.equal(await second.ended, 2, second.said());
  assert.match(second.said(), /has the work of Gold in .*, which only one can use/);

  // Held up in the middle of its publication, it loses its connection, and then its life.
  const before = await seen();
  await database.transaction(async (tx) => {
    await tx.execute("lock table gold.gold_event_story in access exclusive mode");
    await slicesUpTo(3);
    const waiting = `select pid from pg_stat_activity where datname = current_database()
      and wait_event_type = 'Lock' and application_name = 'gdelt-streams'`;
    // Asked for beside the transaction, which sees the same processes to its end.
    const others = async (than: string | null) =>
      (await ask(database, waiting)).filter(([pid]) => pid !== than);
    await until("the publication", async () => (await others(null)).length > 0, runner);
    const [[lost]] = (await others(null)) as [[string]];
    await tx.query("select pg_terminate_backend($1)", [lost]);
    await until("the failure", async () => /readers keep what/.test(runner.said()), runner);
    await until("the next attempt", async () => (await others(lost)).length > 0, runner);
    runner.child.kill("SIGKILL");
    await runner.ended;
  });
  assert.equal(await seen(), before);
  assert.equal(await statuses(), "COMPLETE FAILED RUNNING");
});

test("one that was killed while dbt was at work is made up for by the next", { skip }, async () => {
  const before = await seen();
  const killed = startRunner("--once");
  const isRunning = async () => (await statuses()).endsWith("DIED RUNNING");
  await until("the run", isRunning, killed);
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.equal(await seen(), before);

  const healing = startRunner("--once");
  assert.equal(await healing.ended, 0, healing.said());
  assert.match(await statuses(), /^COMPLETE FAILED DIED DIED (FAILED )*COMPLETE$/);
  assert.notEqual(await seen(), before);
  assert.deepEqual((await compareWithExpected(database)).differences, []);
});

test("status shows the runs and what is published, and nothing new is nothing to do", {
  skip,
}, async () => {
  const idle = startRunner("--once");
  assert.equal(await idle.ended, 0, idle.said());
  assert.doesNotMatch(idle.said(), /gold run/);
  const child = spawn(process.execPath, [program, "gold", "status", "--mart", url]);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0);
  assert.match(said, /COMPLETE .*\n(.*\n)*.*COMPLETE/);
  assert.match(said, /gold_instability_index +\d+ +\d+ +2026-0/);
});
