import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openObjectStore } from "../../src/app/open-object-store.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";
import { runState } from "../../src/app/state-command.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { FakeS3 } from "../state/s3/fake-s3.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));
const clock = { nowMs: () => Date.now() };
let scratch: string;
let checkpoints: string;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "state-command-"));
  const slices = join(scratch, "slices");
  const stream = new SliceStream({ seed: 3, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 40 });
  await writeSlices(slices, stream.slices(3), { zipped: true });
  const out = join(scratch, "out");
  const options = { ...REPLAY_DEFAULTS, slices, out, partitions: 2 };
  await replay(options, clock, () => {}, new AbortController().signal);
  checkpoints = join(out, ".gdelt-streams", "checkpoints");
});
after(() => rm(scratch, { recursive: true, force: true }));

/** Runs the command in a process of its own, as people do. */
function run(args: readonly string[]): Promise<{ code: number; out: string }> {
  const env = { ...process.env, AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
  return new Promise((resolve) => {
    execFile(process.execPath, [program, "state", "inspect", ...args], { env }, (error, out) =>
      resolve({ code: error === null ? 0 : Number(error.code), out }),
    );
  });
}

test("it tells of each task how far it is, and what its stores hold", async () => {
  const { code, out } = await run([checkpoints]);
  assert.equal(code, 0, out);
  assert.deepEqual(
    [...out.matchAll(/^gdelt-silver\/1\/(\S+): checkpoint \d+-[0-9a-f]{8} of /gm)].map(
      ([, id]) => id,
    ),
    ["0_0", "0_1", "1_0", "1_1"],
  );
  assert.equal(out.match(/^ {2}stream time 2026-01-01T00:30:00Z, no open slices$/gm)?.length, 4);
  assert.match(out, /^ {2}event-chains +\d+ segments +\d+\.\d\d MiB$/m);
  assert.match(out, /^ {2}tier 0 \d+ blocks? of \d+\.\d\d MiB$/m);
  assert.match(out, /^ {2}counters: rows\.events \d+/m);
});

test("it reads the same out of a bucket, verified, as JSON, one task of them", async () => {
  const fake = await FakeS3.start();
  try {
    const folder = await openObjectStore({ place: checkpoints, commits: false });
    for (const { path } of await folder.list("")) {
      const bytes = Buffer.from((await folder.get(path))!);
      fake.objects.set(`some/where/${path}`, { bytes, writer: undefined, modified: new Date(0) });
    }
    const options = ["--json", "--verify", "--task", "1_0"];
    const place = ["s3://bucket/some/where", "--endpoint", fake.url];
    const [local, remote] = [
      await run([checkpoints, ...options]),
      await run([...place, ...options]),
    ];
    assert.equal(remote.code, 0, remote.out);
    const [expected, report] = [local, remote].map(({ out }) => JSON.parse(out));
    assert.equal(report.task, "1_0");
    assert.equal(report.newest.streamTime, "2026-01-01T00:30:00Z");
    for (const each of [expected, report]) each.newest.modifiedMs = 0;
    assert.deepEqual(report, expected);
  } finally {
    await fake.stop();
  }
});

test("a block that was cut fails it, and is named", async () => {
  const blocks = join(checkpoints, "gdelt-silver", "1", "0_1", "blocks");
  const [name] = await readdir(blocks);
  await truncate(join(blocks, name!), 10);
  const { code, out } = await run([checkpoints, "--task", "0_1", "--application", "gdelt-silver"]);
  assert.equal(code, 1);
  assert.ok(out.includes(`0_1/blocks/${name} has 10 bytes, expected `), out);
});

test("it says what it cannot do", async () => {
  await assert.rejects(runState([]), /usage: gdelt-streams state inspect/);
  await assert.rejects(runState(["inspect"]), ConfigError);
  await assert.rejects(runState(["inspect", scratch, "--task", "9_9"]), /no such checkpoints at/);
  await assert.rejects(runState(["inspect", checkpoints, "--generation", "x"]), ConfigError);
});
