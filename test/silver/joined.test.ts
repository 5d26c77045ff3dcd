import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { type Oracle, openOracle } from "../oracle/compare.ts";
import { pythonReaders } from "../python-readers.ts";

const slices = join(process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt", "joined", "gdeltv2");
const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));
const noPython = (await pythonReaders()) === null && "no Python with delta-rs and DuckDB";
const skip =
  (!existsSync(slices) && `no GDELT samples at ${slices}: set GDELT_SAMPLES`) || noPython;

const KILLS = 3;

/** What a batch join over the slices gives, as counted when they were put together. */
const COUNTS = {
  events: 8709,
  mentions: 37208,
  joined: 15438,
  with_context: 35149,
  joined_with_context: 14644,
  orphans_without_context: 1265,
  complete: 8257,
  complete_id_sum: 3388820364090,
  complete_id_xor: 410423872,
};

interface Summary {
  readonly slices: { readonly published: number; readonly unchanged: number };
  readonly events: Readonly<Record<string, number>>;
  readonly mentions: Readonly<Record<string, number>>;
  readonly gkg: Readonly<Record<string, number>>;
}

const start = (out: string, ...args: string[]) =>
  spawn(process.execPath, [program, "replay", slices, "--out", out, "--json", ...args]);

/** Runs to the end. */
async function replayAll(out: string, ...args: string[]): Promise<Summary> {
  const child = start(out, ...args);
  let output = "";
  let complaint = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, complaint);
  return JSON.parse(output);
}

/** Starts, and kills after a while, without any warning. */
async function replayKilled(out: string, afterMs: number, ...args: string[]): Promise<void> {
  const child = start(out, ...args);
  const closed = once(child, "close");
  await Promise.race([sleep(afterMs), closed]);
  child.kill("SIGKILL");
  await closed;
}

describe("real slices", { skip }, () => {
  let scratch: string;
  let oracle: Oracle;

  before(async () => {
    scratch = await mkdtemp(join(tmpdir(), "joined-"));
    oracle = await openOracle();
  });

  after(async () => {
    await oracle?.close();
    await rm(scratch, { recursive: true, force: true });
  });

  async function check(out: string, closed: boolean): Promise<void> {
    const report = await oracle.check({ slices, out, closed });
    assert(report.equal, report.message);
    for (const [name, count] of Object.entries(COUNTS)) {
      assert.equal(report.counts[name], count, name);
    }
  }

  for (const partitions of [1, 2, 3, 6]) {
    test(`equal the batch join in ${partitions} partitions, before and after the end`, async () => {
      const out = join(scratch, `out-${partitions}`);
      const summary = await replayAll(out, "--partitions", String(partitions));
      assert.equal(summary.events["SILVER_COMPLETE"], COUNTS.complete);
      assert.equal(summary.mentions["joined"], COUNTS.joined);
      assert.equal(summary.mentions["with_context"], COUNTS.with_context);
      await check(out, false);
      const ended = await replayAll(out, "--partitions", String(partitions), "--close");
      assert.deepEqual(ended.slices, { ...summary.slices, published: 0, unchanged: 4 });
      await check(out, true);
    });
  }

  test(`equal the batch join after ${KILLS} kills at any moment`, async (t) => {
    const out = join(scratch, "out-killed");
    const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
    t.diagnostic(`STREAMS_SEED=${seed}`);
    const random = new Random(seed);
    const args = ["--partitions", "3", "--close"];
    for (let kill = 0; kill < KILLS; kill++)
      await replayKilled(out, 200 + random.below(1800), ...args);
    const summary = await replayAll(out, ...args);
    assert.equal(summary.mentions["joined"], COUNTS.joined);
    await check(out, true);
  });
});
