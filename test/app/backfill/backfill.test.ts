import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { backfill } from "../../../src/app/backfill/backfill.ts";
import { parseBackfill } from "../../../src/app/backfill/backfill-options.ts";
import type { BackfillPlan } from "../../../src/app/backfill/backfill-plan.ts";
import {
  DEFAULT_START_MS,
  SliceStream,
} from "../../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import { compareWithOracle } from "../../oracle/compare.ts";
import { pythonReaders } from "../../python-readers.ts";

const noPython =
  (await pythonReaders()) === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";
const program = fileURLToPath(new URL("../../../src/app/main.ts", import.meta.url));
const clock = { nowMs: () => Date.now() };

const SLICES = 8;
const RANGE = ["--from", "20260101000000", "--to", "20260101014500"];
/** A whole slice that is not there, and one file of another. */
const HOLE = "20260101003000";
const WITHOUT_GKG = "20260101011500.gkg.csv.zip";

let scratch: string;
let slices: string;

before(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), "backfill-"));
  slices = path.join(scratch, "slices");
  const spec = { seed: 11, startMs: DEFAULT_START_MS, eventsPerSlice: 60, gcamEntries: 40 };
  await writeSlices(slices, new SliceStream(spec).slices(SLICES), { zipped: true });
  for (const name of readdirSync(slices)) {
    if (name.startsWith(HOLE) || name === WITHOUT_GKG) rmSync(path.join(slices, name));
  }
});
after(() => rm(scratch, { recursive: true, force: true }));

interface Ran {
  readonly plan: BackfillPlan;
  readonly summary: Awaited<ReturnType<typeof backfill>>;
}

async function run(out: string, ...args: string[]): Promise<Ran> {
  const options = parseBackfill(["--source", slices, "--out", out, ...args]);
  let plan: BackfillPlan | null = null;
  const hooks = {
    userAgent: "test",
    environment: {},
    onPlan: (made: BackfillPlan) => {
      plan = made;
    },
    onProgress: () => {},
  };
  const summary = await backfill(options, clock, hooks, new AbortController().signal);
  return { plan: plan!, summary };
}

const zips = () => readdirSync(slices).filter((name) => name.endsWith(".zip"));
const bytesOf = (names: readonly string[]) =>
  names.reduce((sum, name) => sum + statSync(path.join(slices, name)).size, 0);

async function mustEqualOracle(out: string): Promise<void> {
  const report = await compareWithOracle({ slices, out });
  assert.ok(report.equal, report.message);
  assert.ok(report.counts["joined_with_context"]! > 0);
}

describe("a backfill", () => {
  test("is planned by what is there, and a dry run leaves nothing behind", async () => {
    const out = path.join(scratch, "dry");
    const { plan, summary } = await run(out, ...RANGE, "--dry-run");
    assert.equal(summary, null);
    assert.equal(existsSync(out), false);
    const { expected_seconds: seconds, disk, ...counted } = plan;
    assert.deepEqual(counted, {
      from: "20260101000000",
      to: "20260101014500",
      slices: { in_range: 8, found: 7, done: 0 },
      files: zips().length,
      missing: { events: 0, mentions: 0, gkg: 1 },
      bytes: bytesOf(zips()),
      bytes_left: bytesOf(zips()),
      gaps: [{ from: HOLE, to: HOLE, slices: 1 }],
    });
    assert.ok(seconds >= 0 && disk !== null && disk.free_bytes > 0 && disk.table_bytes > 0);
  });

  test("counts the ends of its range, and what is before and after them not", async () => {
    const range = ["--from", "20251231000000", "--to", "20260101001500"];
    const { plan } = await run(path.join(scratch, "dry"), ...range, "--dry-run");
    const first = zips().filter((name) => name < "20260101003000");
    assert.deepEqual(plan.slices, { in_range: 98, found: 2, done: 0 });
    assert.equal(plan.bytes, bytesOf(first));
    assert.deepEqual(plan.gaps, [{ from: "20251231000000", to: "20251231234500", slices: 96 }]);
  });

  test("has the tables of the batch join, holes and all", { skip: noPython }, async () => {
    const out = path.join(scratch, "whole");
    const { summary } = await run(out, ...RANGE, "--threads", "3");
    assert.equal(summary!.slices, 7);
    assert.equal(summary!.bytes, bytesOf(zips()));
    await mustEqualOracle(out);
  });

  test("of a range that is longer reads only what is new", { skip: noPython }, async () => {
    const out = path.join(scratch, "longer");
    const first = await run(out, "--from", "20260101000000", "--to", "20260101010000");
    const second = await run(out, ...RANGE);
    assert.equal(first.summary!.slices, 4);
    assert.deepEqual(second.plan.slices, { in_range: 8, found: 7, done: 4 });
    assert.equal(second.summary!.slices, 3);
    assert.equal(second.plan.bytes_left, second.summary!.bytes);
    assert.equal((await run(out, ...RANGE)).summary!.slices, 0);
    await mustEqualOracle(out);
  });

  test("goes on after kill -9, at whatever moment", { skip: noPython }, async (t) => {
    const out = path.join(scratch, "killed");
    const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
    t.diagnostic(`STREAMS_SEED=${seed}`);
    const random = new Random(seed);
    const args = ["backfill", "--source", slices, "--out", out, ...RANGE];
    for (let kill = 0; kill < 3; kill++) {
      const child = spawn(process.execPath, [program, ...args], { stdio: "ignore" });
      const closed = once(child, "close");
      await Promise.race([sleep(300 + random.below(1500)), closed]);
      child.kill("SIGKILL");
      await closed;
    }
    await run(out, ...RANGE);
    await mustEqualOracle(out);
  });

  test("takes GDELT's lists for its plan, and goes on without a file that is not there", {
    skip: noPython,
  }, async () => {
    const server = createServer(({ url }, answer) => {
      const file = path.join(slices, path.basename(url!));
      if (existsSync(file)) answer.end(readFileSync(file));
      else answer.writeHead(404).end();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const out = path.join(scratch, "listed");
      const source = ["--source", `http://127.0.0.1:${port}/`];
      const { plan, summary } = await run(out, ...RANGE, ...source);
      // The lists are of the whole stream.
      assert.deepEqual(plan.slices, { in_range: 8, found: 8, done: 0 });
      assert.equal(summary!.not_there, 4);
      assert.equal(summary!.rows["gkg"]! > 0, true);
      const report = await compareWithOracle({ slices, out });
      assert.ok(report.equal, report.message);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

test("a backfill says what is wrong with its arguments", () => {
  const refused = (pattern: RegExp, ...args: string[]) =>
    assert.throws(
      () => parseBackfill(args),
      (error) => error instanceof ConfigError && pattern.test(error.message),
    );
  refused(/^usage/, "--from", "20260101000000", "--out", "x");
  refused(/^usage/, ...RANGE);
  refused(/^usage/, ...RANGE, "--out", "x", "--config", "y");
  refused(/later than --to/, "--from", "20260102000000", "--to", "20260101000000", "--out", "x");
  refused(/--threads takes/, ...RANGE, "--out", "x", "--threads", "0");
  refused(/--tables is for a backfill with --out/, ...RANGE, "--config", "y", "--tables", "z");
});
