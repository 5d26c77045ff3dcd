import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, loadavg, tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Dbt, dbtPython, projectPrint } from "../src/app/gold/dbt.ts";
import { goldFileIn, runGold } from "../src/app/gold/gold-run.ts";
import { MIGRATIONS } from "../src/app/mart.ts";
import { replay } from "../src/app/replay.ts";
import { REPLAY_DEFAULTS } from "../src/app/replay-options.ts";
import { SliceStream } from "../src/ingest/slice-generator/generate-slices.ts";
import { writeSlices } from "../src/ingest/slice-generator/write-slices.ts";
import { migrate } from "../src/sinks/postgres/migrations.ts";
import { openPgDatabase } from "../src/sinks/postgres/pg-database.ts";
import { FolderObjectStore } from "../src/state/folder-object-store.ts";

/**
 * How long Gold takes after one more slice, on a lake of so many; and before, for all of them at once.
 * `node bench/gold.ts --mart postgres://… [--slices N] [--events N] [--more N] [--name NAME]`, on an empty database.
 */
const { values: args } = parseArgs({
  options: {
    mart: { type: "string" },
    slices: { type: "string", default: "96" },
    events: { type: "string", default: "1500" },
    more: { type: "string", default: "3" },
    name: { type: "string" },
  },
});
if (args.mart === undefined) throw new Error("--mart postgres://… is an empty database");
const [slices, events, more] = [args.slices, args.events, args.more].map(Number) as [
  number,
  number,
  number,
];
const folder = await mkdtemp(path.join(tmpdir(), "bench-gold-"));
const clock = { nowMs: () => Date.now() };
const lake = path.join(folder, "lake");
const all = path.join(folder, "all");

/** The first slices of those that were written. */
async function replayFirst(count: number): Promise<void> {
  const some = path.join(folder, `first-${count}`);
  await mkdir(some);
  const names = (await readdir(all)).filter((name) => name.endsWith(".zip")).sort();
  const stamps = [...new Set(names.map((name) => name.slice(0, 14)))].slice(0, count);
  for (const name of names.filter((each) => stamps.includes(each.slice(0, 14)))) {
    await symlink(path.join(all, name), path.join(some, name));
  }
  const options = { ...REPLAY_DEFAULTS, slices: some, out: lake };
  await replay(options, clock, () => {}, new AbortController().signal);
}

const work = path.join(folder, "gold");
const database = openPgDatabase(args.mart);
const dbt = new Dbt({ python: await dbtPython(), database: goldFileIn(work), folder: work });
const parts = {
  ...{ lake, store: new FolderObjectStore(lake), database, dbt, folder: work, clock },
  project: await projectPrint(),
};

async function timedRun() {
  const beganMs = performance.now();
  const run = await runGold(parts, "slice");
  if (run === null) throw new Error("no slice has closed");
  const { slicesClosed, daysChanged, partitions, rows, seconds } = run;
  const result = {
    ...{ slicesClosed, daysChanged, partitions, rows, seconds },
    wholeSeconds: Number(((performance.now() - beganMs) / 1000).toFixed(1)),
    load: loadavg()[0]!.toFixed(1),
  };
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result;
}

try {
  await migrate(database, MIGRATIONS);
  const stream = new SliceStream({
    seed: 1,
    startMs: Date.UTC(2026, 0, 1),
    eventsPerSlice: events,
  });
  await writeSlices(all, stream.slices(slices + more), { zipped: true });
  await replayFirst(slices);
  const first = await timedRun();
  const oneMore = [];
  for (let count = slices + 1; count <= slices + more; count++) {
    await replayFirst(count);
    oneMore.push(await timedRun());
  }
  const machine = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, Node ${process.version}`;
  const report = `${JSON.stringify({ machine, slices, events, first, oneMore }, null, 2)}\n`;
  if (args.name === undefined) process.stdout.write(report);
  else await writeFile(path.join(import.meta.dirname, "results", `${args.name}.json`), report);
} finally {
  await dbt.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
}
