import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { AuditReport } from "../../src/audit/report.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { alterRows } from "../audit/alter-lake.ts";
import { problemsOf } from "../audit/lakes.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

const start = (...args: string[]): ChildProcess => spawn(process.execPath, [program, ...args]);

async function run(...args: string[]): Promise<{ code: number; out: string; complaint: string }> {
  const child = start(...args);
  let out = "";
  let complaint = "";
  child.stdout!.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const [code] = await once(child, "close");
  return { code, out, complaint };
}

async function audit(data: string): Promise<AuditReport> {
  const { code, out, complaint } = await run("audit", "--data", data, "--json");
  assert.notEqual(out, "", complaint);
  const report: AuditReport = JSON.parse(out);
  assert.equal(code, report.adds_up ? 0 : 1);
  return report;
}

describe("gdelt-streams audit", () => {
  let scratch: string;
  let slices: string;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "audit-command-"));
    slices = join(scratch, "slices");
    await run("generate", slices, "--slices", "12", "--events", "150");
  });

  after(() => rm(scratch, { recursive: true, force: true }));

  const replayInto = (out: string) =>
    start("replay", slices, "--out", out, "--bronze", "--json", "--partitions", "2");

  test("adds up beside a replay that runs in another process, is killed, and runs again", async (t) => {
    const out = join(scratch, "killed");
    const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
    t.diagnostic(`STREAMS_SEED=${seed}`);
    const random = new Random(seed);
    let seen = 0;
    for (let life = 0; life < 3; life++) {
      const child = replayInto(out);
      const ended = once(child, "close");
      const audits = life < 2 ? 1 + random.below(2) : Number.POSITIVE_INFINITY;
      for (let n = 0; n < audits && child.exitCode === null; n++) {
        // Bronze is there once all tables have been made.
        while (child.exitCode === null && !existsSync(join(out, "bronze/slices/_delta_log"))) {
          await new Promise((resolve) => setImmediate(resolve));
        }
        const report = await audit(out);
        assert(report.adds_up, problemsOf(report));
        seen++;
      }
      if (life < 2) child.kill("SIGKILL");
      await ended;
    }
    assert(seen >= 2, `${seen} audits`);
    const report = await audit(out);
    assert(report.adds_up, problemsOf(report));
    assert.deepEqual(report.open, []);
    assert.deepEqual(
      report.slices.map(({ state }) => state),
      Array.from({ length: 12 }, () => "settled"),
    );
  });

  test("exits with 1 where rows are lost, and names them", async () => {
    const out = join(scratch, "broken");
    await once(replayInto(out), "close");
    const { code, out: text } = await run("audit", "--data", out);
    assert.equal(code, 0, text);
    await alterRows(out, "audit/lifecycle", "FROM rows WHERE state <> 'WAITING'");
    const broken = await run("audit", "--data", out);
    assert.equal(broken.code, 1);
    assert.match(broken.out, /WRONG {2}events lack the state.*event 13000/);
    assert.match(broken.out, /It does not add up/);
  });

  const usage: Readonly<Record<string, readonly string[]>> = {
    "no folder": [],
    "a folder without tables": ["--data", "nowhere"],
    "a slice that is no stamp": ["--data", ".", "--slice", "yesterday"],
    "an argument too much": ["--data", ".", "more"],
  };
  for (const [what, args] of Object.entries(usage)) {
    test(`exits with 2 for ${what}`, async () => {
      assert.equal((await run("audit", ...args)).code, 2);
    });
  }
});
