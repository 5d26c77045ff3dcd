import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { SilverReading } from "../src/app/gold/silver-reading.ts";
import { openPgDatabase } from "../src/sinks/postgres/pg-database.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";
import { conditions, median, round } from "./process-cost.ts";
import { writeResult } from "./replica-bench.ts";

/**
 * A day of simulated slices, with the joins, the lake and the mart at work beside Gold: how long after a slice has
 * closed in Silver what it tells can be read in the schema gold.
 * `node bench/gold-day.ts --mart postgres://… [--slices 96] [--every 60s] [--events 1500] [--name gold-day]`, on an
 * empty database. Slices come faster than GDELT's; each still has as many rows.
 */
const { values: args } = parseArgs({
  options: {
    mart: { type: "string" },
    slices: { type: "string", default: "96" },
    every: { type: "string", default: "60s" },
    events: { type: "string", default: "1500" },
    name: { type: "string", default: "gold-day" },
  },
});
const { mart, every, events, name } = args;
if (mart === undefined) throw new Error("--mart postgres://… is an empty database");
const wanted = Number(args.slices);
const LOOK_MS = 500;
const PROMISED_S = 60;
/** Of a slice that does not come, or is not made Gold of. */
const PATIENCE_MS = 600_000;

const program = fileURLToPath(new URL("../bin/gdelt-streams.js", import.meta.url));
const folder = await mkdtemp(path.join(tmpdir(), "bench-gold-day-"));
const data = path.join(folder, "data");
const said: string[] = [];

function begin(...rest: string[]): ChildProcess {
  const child = spawn(process.execPath, [program, ...rest], { stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => said.push(chunk.toString()));
  }
  return child;
}

const store = new FolderObjectStore(data);
const closedSlices = async (): Promise<number> => {
  try {
    return (await SilverReading.open(store, data, data)).slicesClosed;
  } catch {
    // Its tables are not all there yet, or a file is being replaced just now.
    return 0;
  }
};

/** When each slice was seen to be whole in Silver: milliseconds since 1970. */
const closedAtMs: number[] = [];
const database = openPgDatabase(mart);
const runsSql = `select slices_closed, extract(epoch from finished_at) * 1000, days_changed,
    stage_seconds, build_seconds, publish_seconds from ops.gold_runs where status = 'COMPLETE' order by run_id`;

interface Run {
  readonly slices: number;
  readonly atMs: number;
  readonly days: number;
  readonly seconds: readonly [stage: number, build: number, publish: number];
}

async function completeRuns(): Promise<Run[]> {
  const { rows } = await database.transaction((tx) => tx.query(runsSql));
  return rows.map((row) => {
    const [slices, atMs, days, stage, build, publish] = row.map(Number) as number[];
    return { slices: slices!, atMs: atMs!, days: days!, seconds: [stage!, build!, publish!] };
  });
}

const pace = ["--slice-every", every, "--events", events, "--slices", String(wanted)];
const joins = begin("start", "--data", data, "--mart", mart, "--inspector", "off", ...pace);
let gold: ChildProcess | null = null;
try {
  let lastMs = Date.now();
  let runs: Run[] = [];
  while ((runs.at(-1)?.slices ?? 0) < wanted) {
    const closed = await closedSlices();
    // The tables of the mart are made by whoever comes first; Gold needs Silver to be there.
    if (closed > 0) gold ??= begin("gold", "run", "--lake", data, "--mart", mart, "--poll", "1s");
    for (; closedAtMs.length < Math.min(closed, wanted); lastMs = Date.now())
      closedAtMs.push(Date.now());
    if (closedAtMs.length > 0) runs = await completeRuns();
    if (
      Date.now() - lastMs > PATIENCE_MS ||
      joins.exitCode !== null ||
      (gold?.exitCode ?? null) !== null
    ) {
      throw new Error(
        `${closedAtMs.length} slices and ${runs.length} runs, then nothing:\n${said.slice(-40).join("")}`,
      );
    }
    await sleep(LOOK_MS);
  }
  const freshS = closedAtMs.map((atMs, i) => {
    const run = runs.find(({ slices }) => slices > i)!;
    return Math.max(0, (run.atMs - atMs) / 1000);
  });
  // Before the first run Python and dbt start, and the tables are made.
  const later = freshS.slice(1);
  const part = (index: 0 | 1 | 2) => round(median(runs.map(({ seconds }) => seconds[index])), 2);
  writeResult(name, {
    ...conditions(),
    ...{ slices: wanted, every, events: Number(events), runs: runs.length },
    freshSeconds: {
      first: round(freshS[0]!),
      median: round(median(later)),
      p95: round(later.toSorted((a, b) => a - b)[Math.floor(later.length * 0.95)]!),
      most: round(Math.max(...later)),
      within60: `${later.filter((seconds) => seconds <= PROMISED_S).length} of ${later.length}`,
    },
    medianSecondsOfARun: { stage: part(0), build: part(1), publish: part(2) },
    each: freshS.map((seconds) => round(seconds)),
  });
} finally {
  for (const child of [gold, joins]) {
    if (child === null || child.exitCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  await database.close();
  await rm(folder, { recursive: true, force: true });
}
