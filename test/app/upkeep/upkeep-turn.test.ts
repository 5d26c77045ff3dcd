import assert from "node:assert/strict";
import { cp, mkdtemp, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { LAKE_TABLES } from "../../../src/app/lake.ts";
import { replay } from "../../../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../../../src/app/replay-options.ts";
import { keepUp, pause } from "../../../src/app/upkeep/keep-up.ts";
import type { UpkeepLine } from "../../../src/app/upkeep/turn-text.ts";
import { folderUpkeep, type UpkeepJob } from "../../../src/app/upkeep/upkeep-job.ts";
import { turnInThread } from "../../../src/app/upkeep/upkeep-thread.ts";
import { takeTurn } from "../../../src/app/upkeep/upkeep-turn.ts";
import { SliceStream } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import { DeltaLog } from "../../../src/sinks/delta/log.ts";
import { verifyTable } from "../../../src/sinks/delta/verify-table.ts";
import { FolderObjectStore } from "../../../src/state/folder-object-store.ts";

const clock = { nowMs: () => Date.now() };
let scratch: string;
let lake: string;

before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "upkeep-turn-"));
  lake = join(scratch, "lake");
  const slices = join(scratch, "slices");
  const stream = new SliceStream({ seed: 3, startMs: Date.UTC(2026, 0, 1), eventsPerSlice: 30 });
  await writeSlices(slices, stream.slices(3), { zipped: true });
  const options = { ...REPLAY_DEFAULTS, slices, out: lake, bronze: true, partitions: 2 };
  await replay(options, clock, () => {}, new AbortController().signal);
});
after(() => rm(scratch, { recursive: true, force: true }));

async function copyOf(name: string): Promise<string> {
  const copy = join(scratch, name);
  await cp(lake, copy, { recursive: true });
  return copy;
}

/** Two small files of a day are too many. */
function eager(place: string): UpkeepJob {
  const { rule, ...job } = folderUpkeep(place);
  return { ...job, rule: { ...rule, smallFilesMax: 1 } };
}

async function rowsOf(place: string): Promise<Record<string, number>> {
  const rows: Record<string, number> = {};
  for (const { folder, identity } of LAKE_TABLES) {
    const log = new DeltaLog(new FolderObjectStore(place), folder);
    const report = await verifyTable(log, identity);
    assert.deepEqual(report.findings, [], folder);
    rows[folder] = report.rows;
  }
  return rows;
}

test("a turn looks after all tables and says so in one line, the next has nothing to say", async () => {
  const place = await copyOf("kept");
  const said: UpkeepLine[] = [];
  const before = await rowsOf(place);
  await takeTurn(eager(place), clock, (line) => said.push(line));
  assert.equal(said.length, 1, JSON.stringify(said));
  const { level, message, fields } = said[0]!;
  assert.equal(level, "info");
  assert.match(
    message,
    /^upkeep: \d+ files of [\d.]+ MiB became \d+ of [\d.]+ MiB, [\d,]+ superseded rows dropped, in [\d.]+ s \(silver\/events, silver\/mentions, /,
  );
  const { filesBefore, filesAfter, rowsDropped } = fields as Record<string, number>;
  assert.ok(filesBefore! > filesAfter!, JSON.stringify(fields));
  const after = await rowsOf(place);
  const total = (rows: Record<string, number>) => Object.values(rows).reduce((a, b) => a + b);
  assert.equal(total(before) - total(after), rowsDropped);
  for (const folder of ["bronze/mentions", "audit/lifecycle"]) {
    assert.equal(after[folder], before[folder]);
  }
  await takeTurn(eager(place), clock, (line) => said.push(line));
  assert.equal(said.length, 1, JSON.stringify(said));
});

test("a table that fails is told with the reason, and the others are looked after", async () => {
  const place = await copyOf("failing");
  // Nobody can say what is in there.
  await symlink("loop", join(place, "silver/mentions/loop"));
  const [removed] = (await readdir(join(place, "bronze/gkg"), { recursive: true })).filter(
    (name) => name.endsWith(".parquet") && !name.startsWith("_"),
  );
  await rm(join(place, "bronze/gkg", removed!));
  const said: UpkeepLine[] = [];
  await takeTurn(eager(place), clock, (line) => said.push(line));
  const warnings = said.filter(({ level }) => level === "warn");
  assert.deepEqual(
    warnings.map(({ fields }) => fields),
    [{ what: "silver/mentions" }, { what: "bronze/gkg" }],
  );
  assert.match(
    warnings[0]!.message,
    /^upkeep of silver\/mentions failed, the next turn tries again: cannot list .*ELOOP.*; nothing has to be done unless it stays so$/,
  );
  assert.match(
    warnings[1]!.message,
    /: table bronze\.gkg: file \S+ is gone; read the table again;/,
  );
  const { tables } = said.at(-1)!.fields as { tables: string[] };
  assert.ok(tables.includes("silver/events") && tables.includes("bronze/mentions"), `${tables}`);
});

test("a lake that cannot be reached at all is told, and no more", async () => {
  const said: UpkeepLine[] = [];
  await takeTurn(folderUpkeep("s3://"), clock, (line) => said.push(line));
  assert.equal(said.length, 1);
  assert.match(
    said[0]!.message,
    /^upkeep of the lake failed.*; it stays so until that is changed$/,
  );
});

test("a turn has a thread of its own, and one whose heap is full ends nothing but itself", async () => {
  const place = await copyOf("in-thread");
  const said: UpkeepLine[] = [];
  const say = (line: UpkeepLine) => said.push(line);
  const stop = new AbortController();
  const job = eager(place);
  // Not even the program has room in it.
  const heaps = [4, 512];
  let turns = 0;
  await keepUp(
    {
      turn: async (signal) => {
        await turnInThread({ job, heapMb: heaps[turns++]!, say }, signal);
        if (turns === heaps.length) stop.abort();
      },
      intervalMs: 1,
      random: new Random(1),
      wait: pause,
    },
    stop.signal,
  );
  const [failed, done] = said;
  assert.match(
    failed!.message,
    /^upkeep of the tables failed, the next turn tries again: the heap is full at 4 MiB \(thread\.heap\.max\.mb\)/,
  );
  assert.match(done!.message, /^upkeep: \d+ files of /);
  await rowsOf(place);
});

test("a turn that is stopped ends at once, whatever it is at, and the tables are whole", async () => {
  const place = await copyOf("stopped");
  const before = await rowsOf(place);
  const random = new Random(7);
  const said: UpkeepLine[] = [];
  const thread = { job: eager(place), heapMb: 512, say: (line: UpkeepLine) => said.push(line) };
  for (let turns = 0; turns < 4; turns++) {
    const stop = new AbortController();
    const turn = turnInThread(thread, stop.signal);
    await sleep(random.below(1200));
    stop.abort();
    await turn;
  }
  const after = await rowsOf(place);
  for (const folder of ["bronze/mentions", "audit/lifecycle"]) {
    assert.equal(after[folder], before[folder]);
  }
  assert.deepEqual(
    said.filter(({ level }) => level === "warn"),
    [],
  );
});

test("the first turn comes within the interval, by the seed, and none after the stop", async () => {
  const stop = new AbortController();
  const waits: number[] = [];
  let turns = 0;
  await keepUp(
    {
      turn: async () => {
        turns++;
      },
      intervalMs: 1000,
      random: new Random(42),
      wait: async (ms) => {
        waits.push(ms);
        if (waits.length === 3) stop.abort();
      },
    },
    stop.signal,
  );
  assert.deepEqual(waits, [new Random(42).next() * 1000, 1000, 1000]);
  assert.equal(turns, 2);
});
