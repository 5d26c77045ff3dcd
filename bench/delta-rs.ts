import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import type { RecordBatch } from "apache-arrow";
import { replay } from "../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../src/app/replay-options.ts";
import { encodeArrow } from "../src/record/arrow/batch-builder.ts";
import { DeltaLog } from "../src/sinks/delta/log.ts";
import { readParquet } from "../src/sinks/delta/parquet-reader.ts";
import { takeRows } from "../src/sinks/delta/take-rows.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";
import { pythonReaders } from "../test/python-readers.ts";
import { conditions, median, round } from "./process-cost.ts";

/**
 * `node bench/delta-rs.ts [--place s3://bucket/prefix] [--runs 5] [--rows 100000] [--table silver/events]
 * [--name delta-rs-folder]`:
 * Silver rows into a Delta table through our sink, and the same Arrow batches, in the same commits and
 * partitions, with delta-rs (`write_deltalake(…, mode="append")`): in turn, each in a process of its own
 * bound to one processor. Writes bench/results/<name>.json. In a folder also without waiting for the
 * disk, as delta-rs does not wait for it.
 */
const { values: args } = parseArgs({
  options: {
    place: { type: "string" },
    runs: { type: "string", default: "5" },
    rows: { type: "string", default: "100000" },
    cpu: { type: "string", default: "0" },
    table: { type: "string" },
    name: { type: "string" },
  },
});
/** Rows of a record, as many as the topology writes. */
const RECORD_ROWS = 2048;
/**
 * What a slice of today has, and what a replay commits at a time. There are no more of them without
 * the same rows coming twice in a commit.
 */
const RECORDS_PER_COMMIT = { "silver/events": [1, 4], "silver/mentions": [4, 16] };
/** Rows with which both get warm: a service is compiled once, and runs for weeks. */
const WARM_ROWS = 60_000;
const samples = process.env["GDELT_SAMPLES"] ?? path.resolve("../shared/data/gdelt");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "gdelt-bench-"));
const python = await pythonReaders();
if (python === null) throw new Error("there is no Python with delta-rs: scripts/python-readers");

async function recordsOfTable(folder: string): Promise<RecordBatch[]> {
  const store = new FolderObjectStore(path.join(work, "out"));
  const log = new DeltaLog(store, folder);
  const records: RecordBatch[] = [];
  for (const file of (await log.load())!.files.keys()) {
    const bytes = await store.get(log.path(decodeURIComponent(file)));
    for (const batch of readParquet(bytes!)) {
      for (let from = 0; from + RECORD_ROWS <= batch.numRows; from += RECORD_ROWS) {
        records.push(
          takeRows(
            batch,
            Int32Array.from({ length: RECORD_ROWS }, (_, i) => from + i),
          ),
        );
      }
    }
  }
  return records;
}

const warmCommits = (perCommit: number) => Math.ceil(WARM_ROWS / RECORD_ROWS / perCommit);

/** Files of a commit each: its records, each after its length; the table's records over and over. */
function writeCommits(folder: string, records: readonly RecordBatch[], perCommit: number): number {
  fs.mkdirSync(folder, { recursive: true });
  const values = records.map((record) => Buffer.from(encodeArrow(record)));
  const commits = Math.ceil(Number(args.rows) / RECORD_ROWS / perCommit);
  for (let commit = 0; commit < commits + warmCommits(perCommit); commit++) {
    const parts = Array.from({ length: perCommit }, (_, i) => {
      const value = values[(commit * perCommit + i) % values.length]!;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(value.length);
      return [length, value];
    });
    const file = path.join(folder, String(commit).padStart(6, "0"));
    fs.writeFileSync(file, Buffer.concat(parts.flat()));
  }
  return commits * perCommit * RECORD_ROWS;
}

interface Measured {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly bytes: number;
}

const root = args.place ?? path.join(work, "tables");
const ours = path.join(import.meta.dirname, "delta-rs-ours.ts");
const theirs = path.join(import.meta.dirname, "delta-rs.py");

function once(command: readonly string[]): Measured {
  const env = { ...process.env, AWS_ALLOW_HTTP: "true" };
  const pinned = ["-c", args.cpu, ...command];
  const out = execFileSync("taskset", pinned, { encoding: "utf8", env });
  if (args.place === undefined) fs.rmSync(root, { recursive: true });
  return JSON.parse(out.trim().split("\n").at(-1)!) as Measured;
}

/** Who writes, by name; each run has a table of its own. */
function writers(
  table: string,
  commits: string,
  perCommit: number,
): Readonly<Record<string, () => Measured>> {
  const warm = String(warmCommits(perCommit));
  const place = () => `${root}/${randomUUID()}`;
  const own = (synced: string) => () =>
    once([process.execPath, ours, commits, table, place(), synced, warm]);
  const peer = (compression: string) => () => {
    const at = place();
    if (args.place === undefined) fs.mkdirSync(at, { recursive: true });
    return once([python!, theirs, commits, at, compression, warm]);
  };
  return {
    ours: own("synced"),
    ...(args.place === undefined && { "ours, unsynced": own("unsynced") }),
    "delta-rs": peer("default"),
    "delta-rs, zstd": peer("ZSTD"),
  };
}

function measure(table: string, records: readonly RecordBatch[], perCommit: number) {
  const commits = path.join(work, `${table.replace("/", "-")}-${perCommit}`);
  const rows = writeCommits(commits, records, perCommit);
  const runs = new Map<string, Measured[]>();
  const each = Object.entries(writers(table, commits, perCommit));
  for (let run = 0; run < Number(args.runs); run++) {
    for (const [name, write] of each) runs.set(name, [...(runs.get(name) ?? []), write()]);
  }
  const figures = [...runs].map(([name, measured]) => {
    const seconds = measured.map((one) => one.seconds);
    return {
      writer: name,
      rowsPerSecond: Math.round(rows / median(seconds)),
      cpuMicrosPerRow: round((median(measured.map((one) => one.cpuSeconds)) * 1e6) / rows, 2),
      megabytes: round(measured[0]!.bytes / 1e6),
      seconds: seconds.map((one) => round(one, 2)),
      cpuSeconds: measured.map((one) => round(one.cpuSeconds, 2)),
    };
  });
  process.stderr.write(`${table}, ${perCommit * RECORD_ROWS} rows a commit\n`);
  for (const { seconds, cpuSeconds, ...figure } of figures) {
    process.stderr.write(`  ${JSON.stringify(figure)}\n`);
  }
  return { table, rows, rowsPerCommit: perCommit * RECORD_ROWS, figures };
}

try {
  const out = path.join(work, "out");
  const slices = path.join(samples, "joined/gdeltv2");
  const clock = { nowMs: () => Date.now() };
  const stop = new AbortController().signal;
  await replay({ ...REPLAY_DEFAULTS, slices, out }, clock, () => {}, stop);
  const before = conditions();
  const tables = [];
  for (const [table, perCommits] of Object.entries(RECORDS_PER_COMMIT)) {
    if (args.table !== undefined && args.table !== table) continue;
    const records = await recordsOfTable(table);
    for (const perCommit of perCommits) tables.push(measure(table, records, perCommit));
  }
  const store = args.place === undefined ? "a folder" : "S3";
  const result = { ...before, loadAfter: conditions().load, store, processor: args.cpu, tables };
  const text = `${JSON.stringify(result, null, 2)}\n`;
  process.stdout.write(text);
  if (args.name !== undefined) {
    fs.writeFileSync(path.join(import.meta.dirname, "results", `${args.name}.json`), text);
  }
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
