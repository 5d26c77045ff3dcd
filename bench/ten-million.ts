import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { applyHeapSettings } from "../src/app/heap-settings.ts";
import { LAKE_TABLES, openLakeTable } from "../src/app/lake.ts";
import { openObjectStore } from "../src/app/open-object-store.ts";
import { encodeArrow } from "../src/record/arrow/batch-builder.ts";
import { DeltaSink } from "../src/sinks/delta/delta-sink.ts";
import { wasmMemoryBytes } from "../src/sinks/delta/encoder.ts";
import { isS3Url } from "../src/state/s3/s3-location.ts";
import { DaysOfRows, SLICES_PER_DAY } from "../test/sinks/delta/days-of-rows.ts";
import { recordsOf } from "../test/sinks/delta/sink-source.ts";
import { conditions, median, round, rssMbOf } from "./process-cost.ts";

/**
 * `node bench/ten-million.ts [--rows 10000000] [--place <folder>|s3://…] [--name ten-million] [--keep]`:
 * writes rows of `silver/events` through the sink, 96 commits a day of them, and looks after the table
 * once a day as an operator does (`lake compact`, `lake vacuum`, each a process of its own). Prints for
 * each day what a commit took, memory, files. With --keep the table stays.
 */
const { values: args } = parseArgs({
  options: {
    rows: { type: "string", default: "10000000" },
    "rows-per-commit": { type: "string", default: "3472" },
    place: { type: "string" },
    name: { type: "string" },
    keep: { type: "boolean", default: false },
  },
});
const rowsPerSlice = Number(args["rows-per-commit"]);
const clock = { nowMs: () => Date.now() };
const work = fs.mkdtempSync(path.join(os.tmpdir(), "gdelt-bench-"));
const place = args.place ?? path.join(work, "lake");
const program = path.resolve(import.meta.dirname, "../src/app/main.ts");

interface Upkeep {
  readonly seconds: number;
  readonly peakRssMb: number;
}

/** Runs a command on the table; its seconds and peak memory. */
async function lake(command: readonly string[]): Promise<Upkeep> {
  const startMs = performance.now();
  const child = spawn(process.execPath, [program, "lake", ...command], { stdio: "ignore" });
  let peakRssMb = 0;
  const watch = setInterval(() => {
    peakRssMb = Math.max(peakRssMb, rssMbOf(child.pid!));
  }, 100);
  const [code] = await once(child, "exit");
  clearInterval(watch);
  if (code !== 0) throw new Error(`lake ${command.join(" ")} ended with ${code}`);
  const seconds = (performance.now() - startMs) / 1000;
  return { seconds: round(seconds), peakRssMb: Math.round(peakRssMb) };
}

const described = LAKE_TABLES.find(({ folder }) => folder === "silver/events")!;
const at = `${place.replace(/\/+$/, "")}/silver/events`;

async function writeDays(rows: DaysOfRows, total: number) {
  const store = await openObjectStore({ place, commits: true });
  const table = await openLakeTable(store, described, clock);
  const source = { topic: "gdelt.silver.events", partition: 0 };
  const { node: name, decode } = described;
  const of = { application: "bench", generation: 1, name };
  const sink = new DeltaSink({ ...of, table, source, decode, clock });
  let offset = (await sink.open()) ?? 0;
  const days: object[] = [];
  let written = 0;
  let cpuMs = 0;
  for (let slice = 0, ms: number[] = []; written < total; slice++) {
    const batches = await rows.slice(slice);
    const values = batches.map((batch) => encodeArrow(batch));
    const before = process.cpuUsage();
    const startMs = performance.now();
    sink.write(recordsOf(offset, values, offset + values.length));
    await sink.commit();
    ms.push(performance.now() - startMs);
    const { user, system } = process.cpuUsage(before);
    cpuMs += (user + system) / 1000;
    offset += values.length;
    for (const { numRows } of batches) written += numRows;
    if ((slice + 1) % SLICES_PER_DAY !== 0 && written < total) continue;
    const rssMb = Math.round(process.memoryUsage.rss() / 1e6);
    const files = [...table.snapshot.files.values()].length;
    const compact = await lake(["compact", at]);
    // Nobody reads an older version here, and the disk is not to hold everything twice.
    const vacuum = await lake(["vacuum", at, "--retain", "0s", "--force"]);
    await table.refresh();
    const live = [...table.snapshot.files.values()];
    const day = {
      commits: slice + 1,
      rows: written,
      medianMs: round(median(ms)),
      p99Ms: round(ms.toSorted((a, b) => a - b)[Math.floor(ms.length * 0.99)]!),
      cpuMsPerCommit: round(cpuMs / ms.length),
      load: round(os.loadavg()[0]!),
      rssMb,
      wasmMb: Math.round(wasmMemoryBytes() / 1e6),
      files,
      compact,
      vacuum,
      filesAfter: live.length,
      megabytes: Math.round(live.reduce((sum, { size }) => sum + size, 0) / 1e6),
    };
    process.stderr.write(`${JSON.stringify(day)}\n`);
    days.push(day);
    ms = [];
    cpuMs = 0;
  }
  return days;
}

applyHeapSettings();
try {
  const before = conditions();
  // Six hours of them: no two rows of a row group are alike.
  const generated = Math.min(24, Math.ceil(Number(args.rows) / rowsPerSlice));
  const rows = await DaysOfRows.open({ startMs: Date.UTC(2026, 0, 1), rowsPerSlice, generated });
  process.stderr.write(`rows made, ${Math.round(performance.now() / 1000)} s\n`);
  const startMs = performance.now();
  const days = await writeDays(rows, Number(args.rows));
  const result = {
    ...before,
    loadAfter: conditions().load,
    store: isS3Url(place) ? "S3" : "a folder",
    seconds: round((performance.now() - startMs) / 1000),
    days,
    verify: await lake(["verify", at]),
  };
  await rows.close();
  const text = `${JSON.stringify(result, null, 2)}\n`;
  process.stdout.write(text);
  if (args.name !== undefined) {
    fs.writeFileSync(path.join(import.meta.dirname, "results", `${args.name}.json`), text);
  }
  if (args.keep) process.stderr.write(`the table is ${at}\n`);
} finally {
  if (!args.keep) fs.rmSync(work, { recursive: true, force: true });
}
