import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { liveFiles } from "../audit/alter-lake.ts";
import { simulatedLake, writeLake } from "../audit/lakes.ts";
import { TROUBLE } from "../audit/trouble.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

const run = (...args: string[]): Promise<{ code: number; out: string; complaint: string }> =>
  new Promise((resolve) => {
    execFile(process.execPath, [program, ...args], (error, out, complaint) => {
      resolve({ code: typeof error?.code === "number" ? error.code : 0, out, complaint });
    });
  });

let scratch: string;
let lake: string;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "ask-"));
  lake = join(scratch, "lake");
  await writeLake(lake, await simulatedLake(TROUBLE.scenario, TROUBLE.run));
});

after(() => rm(scratch, { recursive: true, force: true }));

test("sql prints rows in columns, or as JSON", async () => {
  const statement = "select status, count(*) as n from silver.events group by all order by all";
  const { out } = await run("sql", statement, "--data", lake, "--json");
  const rows: { status: string; n: number }[] = JSON.parse(out);
  assert.deepEqual(
    rows.map(({ status }) => status),
    ["EXPIRED", "SILVER_COMPLETE"],
  );
  const lines = rows.map(({ status, n }) => `${status.padEnd(15)}  ${n}`);
  const text = await run("sql", statement, "--data", lake);
  assert.equal(text.out, ["status           n", ...lines, "(2 rows)", ""].join("\n"));
  assert.equal((await run("sql", "selec", "--data", lake)).code, 2);
  assert.equal((await run("sql", "select 1")).code, 2);
});

test("explain tells of an event that is there, and exits with 1 where there is none", async () => {
  const first = "select min(global_event_id) as id from silver.events";
  const [{ id }] = JSON.parse((await run("sql", first, "--data", lake, "--json")).out);
  const { code, out } = await run("explain", String(id), "--data", lake, "--json");
  assert.equal(code, 0);
  assert.equal(JSON.parse(out).event.global_event_id, id);
  const unknown = await run("explain", "1", "--data", lake);
  assert.equal(unknown.code, 1);
  assert.match(unknown.out, /There is no event 1 .*\nNothing in this lake speaks of it/);
  assert.equal((await run("explain", "one", "--data", lake)).code, 2);
});

test("neither answers from tables that lack a file", async () => {
  const [file] = await liveFiles(lake, "silver/mentions");
  await unlink(join(lake, "silver/mentions", file!));
  for (const args of [
    ["sql", "select 1"],
    ["explain", "1"],
  ]) {
    const { code, complaint } = await run(...args, "--data", lake);
    assert.equal(code, 1);
    assert.match(complaint, /silver\/mentions\/.* is not there as it was written/);
  }
});
