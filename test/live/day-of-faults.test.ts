import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { FAULT_KINDS } from "../../src/ingest/simulator/fault-rates.ts";
import { runProgram } from "./start-run.ts";

const SLICES = 96;
const LAST = "2026-01-01 23:45";

let scratch: string;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-day-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

/** A day of slices, as fast as they can be made, with everything going wrong that can. */
async function runDay(data: string) {
  const run = runProgram(
    ...["start", "--json", "--data", data, "--slices", `${SLICES}`, "--slice-every", "250ms"],
    ...["--events", "60", "--faults", "all"],
  );
  while (!run.complaints().includes(`watermark ${LAST}`)) {
    assert.equal(run.child.exitCode, null, run.complaints());
    await sleep(500);
  }
  run.child.kill("SIGTERM");
  assert.equal((await run.ended).code, 0, run.complaints());
  return JSON.parse(run.output().trimEnd().split("\n").at(-1)!);
}

test("a day with all faults ends with every row accounted for", async () => {
  const data = join(scratch, "day");
  const summary = await runDay(data);
  assert.equal(summary.newest_slice, "2026-01-01T23:45:00.000Z");
  assert.equal(summary.lag, 0);
  // What it went through: else it proves nothing.
  const { ok, ...trouble } = summary.files as Record<string, number>;
  assert.ok(ok! > SLICES);
  assert.ok(Object.keys(trouble).length >= 6, `only ${Object.keys(trouble)} of ${FAULT_KINDS}`);
  assert.ok(summary.reopened > 0, "no file came late");
  const { dropped } = summary.outcomes;
  assert.ok(dropped.dead_letters > 0 && dropped.events > 0, "no bad and no doubled rows");

  const audit = runProgram("audit", "--data", data);
  const { code } = await audit.ended;
  assert.equal(code, 0, audit.output() + audit.complaints());
});
