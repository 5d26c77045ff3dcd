import assert from "node:assert/strict";
import { mkdtemp, rm, symlink, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { EventAnswer, Step } from "../../src/app/inspector/events/event-rows.ts";
import { parseStart } from "../../src/app/start-options.ts";
import { stampOf } from "../../src/gdelt/feeds.ts";
import { DEFAULT_START_MS, SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { compareWithOracle } from "../oracle/compare.ts";
import { pythonReaders } from "../python-readers.ts";
import { runProgram, started } from "./start-run.ts";

const noPython = (await pythonReaders()) === null && "no Python with delta-rs and DuckDB";

const EVENTS = 40;
const SIMULATOR = ["--slice-every", "700ms", "--events", `${EVENTS}`];

let scratch: string;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-start-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

/** The first slices that the simulator publishes, in a folder. */
async function published(name: string, slices: number): Promise<string> {
  const folder = join(scratch, name);
  const spec = { seed: 1, startMs: DEFAULT_START_MS, eventsPerSlice: EVENTS };
  await writeSlices(folder, new SliceStream(spec).slices(slices), { zipped: true });
  return folder;
}

async function checkTables(data: string, name: string, slices: number): Promise<void> {
  const report = await compareWithOracle({ slices: await published(name, slices), out: data });
  assert(report.equal, report.message);
}

/** What a running `start` tells over HTTP, of which slices have been published. */
async function checkInspector(url: string): Promise<void> {
  const ask = (path: string) => fetch(`${url}${path}`);
  const ready = await ask("/readyz");
  assert.equal(ready.status, 200, await ready.text());
  const metrics = await (await ask("/metrics")).text();
  assert.match(metrics, /^gdelt_source_files_total\{stream="gkg",outcome="ok"\} [1-9]/m);
  assert.match(metrics, /^gdelt_source_rows_total\{stream="events"\} [1-9]/m);
  assert.match(metrics, /^gdelt_consumer_lag_seconds\{node="bronze-gkg-lake",/m);
  assert.match(metrics, /^gdelt_instance_state\{state="RUNNING"\} 1$/m);
  assert.match(metrics, /^process_resident_memory_bytes [1-9]/m);
  assert.match(await (await ask("/topology.text")).text(), /^Topologies:/);
  assert.match(await (await ask("/")).text(), /<main/);
  await checkStream(`${url}/stream`);
  const { foundIn, owner, event } = await firstEvent(ask);
  assert.deepEqual([foundIn, owner!.thread], ["state", "main"]);
  assert.equal(event!["global_event_id"], FIRST_ID);
  const { steps } = (await (await ask(`/audit/${FIRST_ID}`)).json()) as { steps: Step[] };
  assert.ok(steps.some(({ where }) => where === "state"));
  assert.equal((await ask("/events/1")).status, 404);
  assert.equal((await ask("/dead-letters")).status, 200);
}

/** A state comes, and a sentence as soon as events become complete. */
async function checkStream(url: string): Promise<void> {
  const { body } = await fetch(url, { signal: AbortSignal.timeout(60_000) });
  let told = "";
  for await (const text of body!.pipeThrough(new TextDecoderStream())) {
    told += text;
    if (/^event: state$/m.test(told) && /^event: sentence$/m.test(told)) return;
  }
  assert.fail(`the stream ended after ${told}`);
}

/** The simulator's. */
const FIRST_ID = 1_300_000_000;

/** What the state has of it, as soon as it has been read. */
async function firstEvent(ask: (path: string) => Promise<Response>): Promise<EventAnswer> {
  for (let tries = 0; ; tries++) {
    const answer = await ask(`/events/${FIRST_ID}`);
    if (answer.status === 200) return (await answer.json()) as EventAnswer;
    assert.ok(tries < 50, await answer.text());
    await sleep(200);
  }
}

const total = (rows: Readonly<Record<string, number>>): number =>
  Object.values(rows).reduce((sum, count) => sum + count, 0);

describe("start", () => {
  test("tells sentences, ends when its time is over, and goes on where it stopped, whatever upkeep does", {
    skip: noPython,
  }, async () => {
    const data = join(scratch, "twice");
    const first = await started("--data", data, ...SIMULATOR, "--for", "8s");
    assert.ok(first.slices > 0, first.view);
    assert.equal(first.lag, 0);
    assert.ok(first.first_sentence_seconds! < 120);
    assert.match(first.view, /reported by .* in a (?:positive|negative|neutral) tone/);
    assert.equal(first.tables["bronze/mentions"], first.rows["mentions"]);
    await checkTables(data, "first", first.slices);

    // Nobody can say what is in there: who cleans a table fails of it, who writes it does not look.
    await symlink("loop", join(data, "silver/mentions/loop"));
    const upkeep = ["--upkeep", "1s"];
    const second = await started("--data", data, ...SIMULATOR, ...upkeep, "--for", "8s");
    await unlink(join(data, "silver/mentions/loop"));
    assert.ok(second.slices > 0, second.view);
    const failure = /^upkeep of silver\/mentions failed, the next turn tries again: cannot list/gm;
    assert.ok(second.view.match(failure)!.length > 1, second.view);
    const slices = first.slices + second.slices;
    const newest = DEFAULT_START_MS + (slices - 1) * 900_000;
    assert.equal(second.newest_slice, new Date(newest).toISOString());
    const rows = total(first.rows) + total(second.rows);
    const bronze = ["events", "mentions", "gkg"].map((feed) => second.tables[`bronze/${feed}`]!);
    assert.equal(
      bronze.reduce((sum, count) => sum + count),
      rows,
    );
    await checkTables(data, "both", slices);
  });

  test("a stop finishes the slice at hand, and everything published is joined", {
    skip: noPython,
  }, async () => {
    const data = join(scratch, "stopped");
    const run = runProgram("start", "--json", "--data", data, ...SIMULATOR);
    while (!/^slice \d+/m.test(run.complaints())) {
      assert.equal(run.child.exitCode, null, run.complaints());
      await sleep(50);
    }
    await checkInspector(/^inspector at (.*)$/m.exec(run.complaints())![1]!);
    run.child.kill("SIGTERM");
    assert.deepEqual(await run.ended, { code: 0, signal: null }, run.complaints());
    const { slices, lag, interrupted } = JSON.parse(run.output().trimEnd().split("\n").at(-1)!);
    assert.equal(interrupted, true);
    assert.equal(lag, 0);
    await checkTables(data, "until-stop", slices);
  });

  test("kill -9 at any moment loses and doubles nothing", { skip: noPython }, async () => {
    const data = join(scratch, "killed");
    for (const afterMs of [1500, 3100, 4300]) {
      const run = runProgram("start", "--data", data, ...SIMULATOR);
      await sleep(afterMs);
      run.child.kill("SIGKILL");
      await run.ended;
    }
    const last = await started("--data", data, ...SIMULATOR, "--for", "5s");
    const slices = (Date.parse(last.newest_slice!) - DEFAULT_START_MS) / 900_000 + 1;
    await checkTables(data, "until-kill", slices);
  });

  test("a folder of slices is a feed too, and a range of it ends by itself", {
    skip: noPython,
  }, async () => {
    const data = join(scratch, "folder");
    const folder = await published("feed", 4);
    const to = stampOf(DEFAULT_START_MS + 3 * 900_000);
    const summary = await started("--data", data, "--feed", folder, "--to", to);
    assert.equal(summary.slices, 4);
    await checkTables(data, "feed", 4);
  });

  test("a folder that was begun with another feed is refused", async () => {
    const data = join(scratch, "claimed");
    await started("--data", data, ...SIMULATOR, "--for", "1s");
    const run = runProgram("start", "--data", data, "--feed", "live");
    assert.equal((await run.ended).code, 2);
    assert.match(run.complaints(), /begun with feed simulator, and cannot go on with feed live/);
  });

  for (const [args, problem] of [
    [["--feed", "live", "--seed", "3"], /--seed is for --feed simulator/],
    [["--to", "20260101000000"], /--from and --to are for real feeds/],
    [["--for", "ninety"], /--for takes a duration/],
    [["--slice-every", "fast"], /--slice-every takes a duration/],
    [["--partitions", "0"], /--partitions takes a whole number from 1 to/],
    [["--upkeep", "often"], /--upkeep takes none, or a duration from 1s to 20d, not "often"/],
    [["--mart-retention", "8d"], /--mart-retention is at least a day more than --retention-days/],
    [["--mart-retention", "20d", "--mart", "none"], /--mart-retention has no effect with/],
    [["--fed", "live"], /--fed/],
    [["--feed", "ftp://example.com/"], /--feed takes/],
    [["--inspector", "everywhere"], /--inspector takes host:port, host:port\+, or off/],
  ] as const) {
    test(`start ${args.join(" ")} is refused, and says why`, () => {
      assert.throws(
        () => parseStart([...args]),
        (error: unknown) => error instanceof ConfigError && problem.test(error.message),
      );
    });
  }
});
