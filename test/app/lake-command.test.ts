import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, rm, truncate, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { LAKE_TABLES } from "../../src/app/lake.ts";
import { runLake } from "../../src/app/lake-command.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../src/app/replay-options.ts";
import { SliceStream } from "../../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../../src/ingest/slice-generator/write-slices.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { FolderObjectStore } from "../../src/state/folder-object-store.ts";
import { FakeS3 } from "../state/s3/fake-s3.ts";

const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));
const DAY_MS = 24 * 3_600_000;
const clock = { nowMs: () => Date.now() };
let scratch: string;
let lake: string;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "lake-command-"));
  lake = join(scratch, "lake");
  const slices = join(scratch, "slices");
  const stream = new SliceStream({ seed: 3, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 40 });
  await writeSlices(slices, stream.slices(4), { zipped: true });
  const options = { ...REPLAY_DEFAULTS, slices, out: lake, bronze: true, partitions: 2 };
  await replay(options, clock, () => {}, new AbortController().signal);
});
after(() => rm(scratch, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a command in a process of its own, as people do. */
function run(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, "lake", ...args],
      { env: { ...process.env, ...env } },
      (error, out, err) => resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** A copy of the lake that a test may damage. */
async function copyOf(name: string): Promise<string> {
  const copy = join(scratch, name);
  await cp(lake, copy, { recursive: true });
  return copy;
}

async function dataFiles(table: string): Promise<string[]> {
  const names = await readdir(table, { recursive: true });
  return names.filter((name) => name.endsWith(".parquet") && !name.startsWith("_delta_log")).sort();
}

test("what a replay has written is whole, Bronze too, and stays so when it is compacted", async () => {
  const copy = await copyOf("compacted");
  for (const step of ["fresh", "compacted"]) {
    const { code, out, err } = await run(["verify", copy]);
    assert.equal(code, 0, err);
    const lines = out.trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.split(":")[0]),
      LAKE_TABLES.map(({ folder }) => folder),
      step,
    );
    for (const line of lines) assert.match(line, /: version \d+, \d+ files?, [\d,]+ rows: whole$/);
    if (step === "fresh") assert.equal((await run(["compact", copy])).code, 0);
  }
  const { out } = await run(["compact", copy]);
  for (const line of out.trim().split("\n")) {
    assert.match(
      line,
      /: 0 files of 0\.0 MiB rewritten as 0 of 0\.0 MiB, 0 superseded rows dropped$/,
    );
  }
});

test("a lake with something wrong is told with what, and exit code 1", async () => {
  const copy = await copyOf("damaged");
  const [first, second] = await dataFiles(join(copy, "silver/events"));
  await unlink(join(copy, "silver/events", first!));
  await truncate(join(copy, "silver/events", second!), 100);
  const { code, out } = await run(["verify", copy]);
  assert.equal(code, 1);
  assert.ok(out.includes(`silver/events: file ${first} is missing\n`), out);
  assert.match(out, new RegExp(`silver/events: file ${second} has 100 bytes, the log says \\d+\n`));
  assert.match(out, /silver\/events: version \d+, \d+ files, [\d,]+ rows: 2 findings\n/);
  assert.match(out, /silver\/mentions: .*: whole\n/);
});

test("a table alone is what it is in the lake, by the end of its path", async () => {
  const copy = await copyOf("alone");
  const table = join(copy, "silver", "events");
  const { code, out } = await run(["compact", table]);
  assert.equal(code, 0);
  assert.match(
    out,
    /^silver\/events: \d+ files of [\d.]+ MiB rewritten as \d+ of [\d.]+ MiB, \d+ superseded rows dropped\n$/,
  );
  assert.match((await run(["verify", table])).out, /^silver\/events: .* whole\n$/);
  assert.match((await run(["verify", copy])).out, /silver\/events: .* whole\n/);
});

test("positions are held against the log that feeds the tables", async () => {
  const copy = await copyOf("with-log");
  const right = await run(["verify", "--data", copy, "--at-rest"]);
  assert.equal(right.code, 0, right.out);
  const lines = right.out.trim().split("\n");
  assert.equal(lines.length, LAKE_TABLES.length);
  for (const line of lines) assert.match(line, / rows, 0 offsets behind the log: whole$/);
  await rm(join(copy, ".gdelt-streams", "log"), { recursive: true });
  const wrong = await run(["verify", copy, "--data", copy]);
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.out,
    /^silver\/events: it is fed from topic gdelt\.silver\.events, which the log/m,
  );
});

test("a history has a line for each version, the newest first", async () => {
  const { code, out } = await run(["history", join(lake, "silver/events")]);
  assert.equal(code, 0);
  const [title, headings, ...versions] = out.trimEnd().split("\n");
  assert.match(title!, /^silver\/events: \d+ versions in the log, the newest first$/);
  assert.match(headings!, /^ {2}version +time +operation +files +rows +writer$/);
  const numbers = versions.map((line) => Number(line.trim().split(" ")[0]));
  assert.deepEqual(
    numbers,
    numbers.map((_, at) => numbers.length - 1 - at),
  );
  assert.match(
    versions[0]!,
    /Z {2}STREAMING UPDATE +\+\d+ -0 +\+\d+ -0 +gdelt-streams, gdelt-silver\/1\/silver-events-lake\/gdelt\.silver\.events-\d to \d+$/,
  );
  const limited = await run(["history", lake, "--limit", "1"]);
  assert.equal(limited.out.trimEnd().split("\n").length, 3 * LAKE_TABLES.length);
});

test("a vacuum says what it would do, does it, and refuses what is not safe", async () => {
  const copy = await copyOf("vacuumed");
  const table = join(copy, "silver/events");
  await run(["compact", copy]);
  const before = (await dataFiles(table)).length;
  const young = await run(["vacuum", table]);
  assert.match(
    young.out,
    /^silver\/events: 0 data files of 0\.0 MiB and 0 files of the log deleted\n/,
  );
  const unsafe = await run(["vacuum", table, "--retain", "0s"]);
  assert.equal(unsafe.code, 2);
  assert.match(unsafe.err, /a retention of 0 h is less than the 168 h .*--force/);
  const forced = ["vacuum", table, "--retain", "0s", "--force"];
  const dry = await run([...forced, "--dry-run"]);
  assert.match(
    dry.out,
    /: [1-9]\d* data files of \d+\.\d MiB and 0 files of the log would be deleted/,
  );
  assert.equal((await dataFiles(table)).length, before);
  assert.equal((await run(forced)).code, 0);
  assert.ok((await dataFiles(table)).length < before);
  assert.match((await run(["verify", table])).out, /: whole\n$/);
});

test("a table of others is verified and cleaned, and not compacted", async () => {
  const copy = join(scratch, "somebody's");
  await cp(join(lake, "silver/events"), copy, { recursive: true });
  assert.match((await run(["verify", copy])).out, /somebody's: version .*: whole\n$/);
  assert.equal((await run(["history", copy])).code, 0);
  const refused = await run(["compact", copy]);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /is none of our tables/);
});

test("a place without a lake, a lake without a part, and wrong arguments are refused", async () => {
  const copy = await copyOf("partial");
  await rm(join(copy, "audit"), { recursive: true });
  const cases: [string[], RegExp][] = [
    [["verify", join(scratch, "nowhere")], /there is neither a table nor a lake at .*nowhere/],
    [["verify", copy], /there is no table audit\/lifecycle below/],
    [["verify"], /usage/],
    [["verify", lake, lake], /usage/],
    [["repair", lake], /usage/],
    [["toString", lake], /usage/],
    [["verify", lake, "--force"], /Unknown option '--force'/],
    [["verify", lake, "--at-rest"], /--at-rest takes a log/],
    [["vacuum", lake, "--retain", "soon"], /--retain takes a duration/],
    [["history", lake, "--limit", "0"], /--limit takes a whole number/],
    [["verify", "s3://"], /is no place on S3/],
  ];
  for (const [args, message] of cases) {
    await assert.rejects(runLake(args, clock), (error: Error) => {
      assert.ok(error instanceof ConfigError, args.join(" "));
      assert.match(error.message, message);
      return true;
    });
  }
});

test("a lake on S3 is kept in order like one in a folder", async () => {
  const fake = await FakeS3.start();
  try {
    const from = new FolderObjectStore(lake);
    for (const { path } of await from.list("")) {
      if (path.startsWith(".")) continue;
      const object = { bytes: Buffer.from((await from.get(path))!), writer: undefined };
      fake.objects.set(`data/lake/${path}`, { ...object, modified: new Date(Date.now() - DAY_MS) });
    }
    const env = { AWS_ACCESS_KEY_ID: "key", AWS_SECRET_ACCESS_KEY: "secret" };
    const at = ["s3://bucket/data/lake/", "--endpoint", fake.url];
    const local = await run(["verify", lake]);
    assert.equal((await run(["verify", ...at], env)).out, local.out);
    const compacted = await run(["compact", ...at], env);
    assert.equal(compacted.code, 0, compacted.err);
    assert.match(
      compacted.out,
      /silver\/events: [1-9]\d* files of \S+ MiB rewritten as 1 of \S+ MiB, [1-9]\d* superseded/,
    );
    const alone = ["s3://bucket/data/lake/silver/events", "--endpoint", fake.url];
    assert.match((await run(["history", ...alone], env)).out, /\n {2}\d+ .* OPTIMIZE|DELETE /);
    assert.equal((await run(["vacuum", ...at, "--retain", "0s", "--force"], env)).code, 0);
    assert.equal((await run(["verify", ...at], env)).code, 0);
    fake.faultOf = () => ({ status: 403, code: "AccessDenied" });
    const denied = await run(["verify", ...at], env);
    assert.equal(denied.code, 2);
    assert.match(denied.err, /cannot read s3:\/\/bucket\/data\/lake\/.*403 AccessDenied/);
  } finally {
    await fake.stop();
  }
});
