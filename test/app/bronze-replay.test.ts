import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runLake } from "../../src/app/lake-command.ts";
import { replay } from "../../src/app/replay.ts";
import { REPLAY_DEFAULTS, type ReplayOptions } from "../../src/app/replay-options.ts";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { zipOf } from "../../src/ingest/slice-generator/zip-writer.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { compareWithPublished, type PublishedReport } from "../oracle/published.ts";
import { pythonReaders, runPython } from "../python-readers.ts";

const python = await pythonReaders();
const noPython = python === null && "no Python with delta-rs and DuckDB (scripts/python-readers)";
const samples = join(process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt", "joined", "gdeltv2");
const noSamples = !existsSync(samples) && `no GDELT samples at ${samples}: set GDELT_SAMPLES`;
const program = fileURLToPath(new URL("../../src/app/main.ts", import.meta.url));

const clock = { nowMs: () => Date.now() };
let scratch: string;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "bronze-"));
});
after(() => rm(scratch, { recursive: true, force: true }));

const run = (slices: string, out: string, options: Partial<ReplayOptions> = {}) =>
  replay(
    { ...REPLAY_DEFAULTS, slices, out, bronze: true, ...options },
    clock,
    () => {},
    new AbortController().signal,
  );

async function mustEqual(slices: string, out: string): Promise<PublishedReport["rows"]> {
  const { equal, rows, differences } = await compareWithPublished(slices, out);
  assert.ok(equal, differences.join("\n"));
  return rows;
}

/** Rows of a table as delta-rs finds them by `filter`, SQL over the table `rows`. */
async function query(out: string, table: string, sql: string): Promise<unknown[]> {
  const text = `
import json, sys, duckdb
from deltalake import DeltaTable
path, sql = json.load(sys.stdin)
rows = DeltaTable(path).to_pyarrow_dataset()
json.dump(duckdb.sql(sql).fetchall(), sys.stdout)
`;
  return (await runPython(python!, text, [join(out, table), sql])) as unknown[];
}

const rowOf = (columns: number, fields: Readonly<Record<number, string>>): string =>
  Array.from({ length: columns }, (_, i) => fields[i] ?? "").join("\t");
const event = (id: number, stamp: string) => rowOf(61, { 0: `${id}`, 6: "Zoë", 59: stamp });
const mention = (id: number, stamp: string, sentence: number) =>
  rowOf(16, {
    0: `${id}`,
    1: stamp,
    2: stamp,
    3: "1",
    4: "a.example",
    5: "a.example/1",
    6: `${sentence}`,
  });
const document = (stamp: string) =>
  rowOf(27, { 0: `${stamp}-1`, 1: stamp, 4: "a.example/1", 17: "wc:12,c1.1:2" });

const FIRST = "20240101000000";
const SECOND = "20240101001500";

/** Two slices with whatever has gone wrong at GDELT, or could. */
async function writeDamaged(folder: string): Promise<void> {
  await mkdir(folder);
  const write = (name: string, lines: readonly (string | Buffer)[]) =>
    writeFile(
      join(folder, name),
      Buffer.concat(lines.flatMap((line) => [Buffer.from(line), Buffer.from("\n")])),
    );
  await write(`${FIRST}.export.CSV`, [
    event(1, FIRST),
    "",
    "3\ttoo few",
    `${event(4, FIRST)}\ttoo many`,
    // As an older GDELT, or another program, would write it.
    Buffer.from(event(5, FIRST), "latin1"),
    event(6, "20230101000000"),
    event(1, FIRST),
  ]);
  await write(`${FIRST}.mentions.CSV`, [
    mention(1, FIRST, 1),
    mention(1, FIRST, 2),
    mention(1, FIRST, 3),
    mention(1, FIRST, 3),
    "no mention",
  ]);
  await writeFile(join(folder, `${FIRST}.gkg.csv.zip`), "<html>404</html>");
  const name = `${SECOND}.export.CSV`;
  const rows = Buffer.from(`${event(7, SECOND)}\n`);
  await writeFile(join(folder, `${name}.zip`), await zipOf(name, rows, Date.UTC(2024, 0, 1)));
  await write(`${SECOND}.gkg.csv`, [document(SECOND), Buffer.from([0xff, 9, 0xfe])]);
}

describe("Bronze of a folder of damaged files", { skip: noPython }, () => {
  let slices: string;
  let out: string;
  let deadLetters: number;

  before(async () => {
    [slices, out] = [join(scratch, "damaged"), join(scratch, "out-damaged")];
    await writeDamaged(slices);
    const { dropped } = await run(slices, out, { close: true, partitions: 2 });
    deadLetters = dropped["dead_letters"]!;
  });

  test("has every row as published, also those which are dead letters in Silver", async () => {
    assert.deepEqual(await mustEqual(slices, out), { events: 8, mentions: 5, gkg: 2 });
    assert.equal(deadLetters, 7);
  });

  test("has all mentions of an event, not one", async () => {
    const sql = "select count(*) from rows where global_event_id = '1'";
    assert.deepEqual(await query(out, "bronze/mentions", sql), [[4]]);
  });

  test("has the bytes of a row that is no UTF-8 beside its repaired text", async () => {
    const sql = `select actor1_name, hex(raw) from rows where global_event_id = '5'`;
    const latin1 = Buffer.from(event(5, FIRST), "latin1").toString("hex").toUpperCase();
    assert.deepEqual(await query(out, "bronze/events", sql), [["Zo\ufffd", latin1]]);
  });

  test("says of each file what became of it, and never takes one that failed for an empty one", async () => {
    const sql = `select strftime(slice, '%H:%M'), attempt, feed, status, rows, reason, file,
      array_to_string(missing, ' ') from rows order by "offset"`;
    const [first, second] = ["00:00", "00:15"];
    const none = "mentions";
    assert.deepEqual(await query(out, "bronze/slices", sql), [
      [first, 1, "events", "published", 7, null, `${FIRST}.export.CSV`, "gkg"],
      [first, 1, "mentions", "published", 5, null, `${FIRST}.mentions.CSV`, "gkg"],
      [first, 1, "gkg", "rejected", 0, "not_a_zip", `${FIRST}.gkg.csv.zip`, "gkg"],
      [second, 1, "events", "published", 1, null, `${SECOND}.export.CSV.zip`, none],
      [second, 1, "mentions", "missing", 0, null, null, none],
      [second, 1, "gkg", "published", 2, null, `${SECOND}.gkg.csv`, none],
      [second, 0, "", "end_of_stream", 0, null, null, ""],
    ]);
  });

  test("is found by where a row is from, through the statistics of its files", async () => {
    const sql = `select feed, "row" from rows where slice = timestamptz '2024-01-01 00:15:00+00'
      and feed = 'gkg' and file = '${SECOND}.gkg.csv' and "row" = 1 and "offset" >= 0`;
    assert.deepEqual(await query(out, "bronze/gkg", sql), [["gkg", 1]]);
  });

  test("has statistics of no text but the first column's", async () => {
    const text = `
import json, sys
from deltalake import DeltaTable
actions = DeltaTable(json.load(sys.stdin)).get_add_actions(flatten=True)
json.dump([name for name in actions.schema.names if name.startswith("min.")], sys.stdout)
`;
    const names = await runPython(python!, text, join(out, "bronze/gkg"));
    const expected = ["slice", "feed", "file", "row", "partition", "offset", "gkg_record_id"];
    assert.deepEqual((names as string[]).sort(), expected.map((name) => `min.${name}`).sort());
  });

  test("is compared by something that finds a difference", async () => {
    const other = join(scratch, "other");
    await mkdir(other);
    for (const name of [`${FIRST}.export.CSV`, `${FIRST}.mentions.CSV`, `${SECOND}.gkg.csv`]) {
      const bytes = await readFile(join(slices, name));
      // The bytes of a row that is no text: only `raw` tells.
      if (name.endsWith("gkg.csv")) bytes[bytes.length - 2] = 0xfd;
      await writeFile(join(other, name), bytes);
    }
    const { equal, differences } = await compareWithPublished(other, out);
    assert.ok(!equal);
    assert.match(differences.join("\n"), /events has .*20240101001500\.export\.CSV', 0/);
    assert.match(differences.join("\n"), /gkg lacks .*20240101001500\.gkg\.csv', 1/);
  });
});

describe("a lake without Bronze", { skip: noPython }, () => {
  test("is compacted as it is, and gets all of Bronze when it is asked for", async () => {
    const [slices, out] = [join(scratch, "later"), join(scratch, "out-later")];
    await writeDamaged(slices);
    const { tables } = await run(slices, out, { bronze: false });
    assert.deepEqual(
      Object.keys(tables).filter((name) => name.startsWith("bronze")),
      [],
    );
    assert.ok(!existsSync(join(out, "bronze")));
    assert.equal(await runLake(["compact", out], clock), 0);
    const later = await run(slices, out);
    assert.equal(later.slices.unchanged, 2);
    assert.equal(later.tables["bronze/slices"], 6);
    await mustEqual(slices, out);
    await rm(join(out, "audit"), { recursive: true });
    await assert.rejects(runLake(["compact", out], clock), ConfigError);
  });
});

/** Starts a replay, and kills it after a while without any warning. */
async function replayKilled(slices: string, out: string, afterMs: number, ...args: string[]) {
  const child = spawn(process.execPath, [program, "replay", slices, "--out", out, ...args], {
    stdio: "ignore",
  });
  const closed = once(child, "close");
  await Promise.race([sleep(afterMs), closed]);
  child.kill("SIGKILL");
  await closed;
}

const KILLS = 3;

describe("Bronze of the real slices", { skip: noPython || noSamples }, () => {
  test(`has every column of every row, once, after ${KILLS} kills and a compaction`, async (t) => {
    const out = join(scratch, "out-real");
    const seed = Number(process.env["STREAMS_SEED"] ?? Date.now() % 1e6);
    t.diagnostic(`STREAMS_SEED=${seed}`);
    const random = new Random(seed);
    for (let kill = 0; kill < KILLS; kill++) {
      await replayKilled(samples, out, 200 + random.below(2500), "--partitions", "3", "--bronze");
    }
    const { tables } = await run(samples, out, { partitions: 3 });
    const rows = { events: 8709, mentions: 37_208, gkg: 8570 };
    assert.deepEqual(await mustEqual(samples, out), rows);
    for (const [feed, count] of Object.entries(rows)) assert.equal(tables[`bronze/${feed}`], count);
    assert.equal(tables["bronze/slices"], 12);
    assert.equal(await runLake(["compact", out], clock), 0);
    assert.deepEqual(await mustEqual(samples, out), rows);
  });
});
