import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { compareWithOracle } from "../test/oracle/compare.ts";
import { compareWithPublished } from "../test/oracle/published.ts";
import { writeAmplified } from "./amplified-slices.ts";

/**
 * `node bench/replay.ts [--slices 48] [--runs 3] [--partitions 1] [--bronze] [--name replay]`:
 * replays the real slices, amplified, with all of the program's threads on one processor, compares
 * the tables with the batch oracle (Bronze with the files), and writes bench/results/<name>.json. A
 * run whose tables differ has no number.
 */
const { values } = parseArgs({
  options: {
    slices: { type: "string", default: "48" },
    runs: { type: "string", default: "3" },
    partitions: { type: "string", default: "1" },
    bronze: { type: "boolean", default: false },
    name: { type: "string", default: "replay" },
    cpus: { type: "string", default: "0" },
  },
});
const samples = process.env["GDELT_SAMPLES"] ?? path.resolve("../shared/data/gdelt");
const work = fs.mkdtempSync(path.join(os.tmpdir(), "gdelt-bench-"));

interface Run {
  readonly summary: {
    readonly seconds: number;
    readonly rows_per_second: number;
    readonly peak_rss_mb: number;
  };
  readonly course: readonly { slices: number; rows: number; seconds: number; rssMb: number }[];
  readonly cpuSeconds: number;
}

function runOnce(slices: string, out: string): Run {
  fs.rmSync(out, { recursive: true, force: true });
  const child = new URL("./replay-child.ts", import.meta.url).pathname;
  const args = ["-c", values.cpus, process.execPath, child, slices, out, values.partitions];
  if (values.bronze) args.push("bronze");
  const printed = execFileSync("taskset", args, { maxBuffer: 1 << 26, encoding: "utf8" });
  return JSON.parse(printed.trim().split("\n").at(-1)!) as Run;
}

/** Rows per second in each quarter of the run: does it slow down as state grows? */
function quarters({ course }: Run): number[] {
  const at = (share: number) => course[Math.round(share * (course.length - 1))]!;
  return [0, 1, 2, 3].map((quarter) => {
    const from = at(quarter / 4);
    const to = at((quarter + 1) / 4);
    return Math.round((to.rows - from.rows) / (to.seconds - from.seconds));
  });
}

const median = (numbers: number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;

try {
  const slices = path.join(work, "slices");
  const out = path.join(work, "out");
  const count = Number(values.slices);
  const input = writeAmplified(path.join(samples, "joined/gdeltv2"), slices, { count });
  const runs = Array.from({ length: Number(values.runs) }, () => runOnce(slices, out));
  const check = await compareWithOracle({ slices, out });
  if (!check.equal) throw new Error(`no number: the tables are wrong\n${check.message}`);
  const kept = values.bronze ? await compareWithPublished(slices, out) : null;
  if (kept?.equal === false) throw new Error(`no number: ${kept.differences.join("\n")}`);
  const seconds = median(runs.map(({ summary }) => summary.seconds));
  const result = {
    machine: `${os.cpus()[0]?.model}, ${os.cpus().length} cores, ${os.arch()}, Node ${process.version}`,
    processors: values.cpus,
    loadBefore: os.loadavg().map((load) => Number(load.toFixed(1))),
    slices: count,
    partitions: Number(values.partitions),
    bronze: values.bronze,
    inputRows: input.rows,
    inputMb: Math.round(input.bytes / 1e6),
    seconds: runs.map(({ summary }) => summary.seconds),
    rowsPerSecond: Math.round(input.rows / seconds),
    mbPerSecond: Math.round(input.bytes / 1e6 / seconds),
    cpuSeconds: runs.map(({ cpuSeconds }) => Number(cpuSeconds.toFixed(2))),
    peakRssMb: Math.max(...runs.map(({ summary }) => summary.peak_rss_mb)),
    rowsPerSecondByQuarter: quarters(runs.at(-1)!),
    equalsOracle: true,
  };
  const folder = new URL("./results/", import.meta.url);
  fs.mkdirSync(folder, { recursive: true });
  const text = `${JSON.stringify(result, null, 2)}\n`;
  fs.writeFileSync(new URL(`${values.name}.json`, folder), text);
  process.stdout.write(text);
} finally {
  fs.rmSync(work, { recursive: true, force: true });
}
