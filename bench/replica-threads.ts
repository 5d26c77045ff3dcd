import { rmSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { parseSliceFileName } from "../src/gdelt/feeds.ts";
import { listSlices, readFeedFile } from "../src/sources/slice-archive.ts";
import { writeAmplified } from "./amplified-slices.ts";
import {
  conditions,
  cpuSecondsOf,
  machineSeconds,
  median,
  round,
  rssMbOf,
  threadSecondsOf,
} from "./process-cost.ts";
import { ReplicaBench, timedUntil, writeResult } from "./replica-bench.ts";

/**
 * `node bench/replica-threads.ts [--slices 48] [--runs 3] [--threads 1,2]`: the real slices, amplified,
 * lie in the topics; one replica joins them all, with so many threads in turn. It is timed from its
 * first tasks until all inputs are committed, and until all tables have them; and the CPU seconds of
 * the replica, the broker and the store are told, with those that others took of the machine.
 */
const { values } = parseArgs({
  options: {
    slices: { type: "string", default: "48" },
    runs: { type: "string", default: "3" },
    threads: { type: "string", default: "1,2" },
    bronze: { type: "string", default: "true" },
    partitions: { type: "string", default: "4" },
    name: { type: "string", default: "replica-threads" },
  },
});
const samples = process.env["GDELT_SAMPLES"] ?? path.resolve("../shared/data/gdelt");
const bench = await ReplicaBench.open({
  partitions: values.partitions,
  "bronze.enabled": values.bronze,
});

async function publishAll(): Promise<{ rows: number; cpuSeconds: number }> {
  const folder = path.join(bench.folder, "slices");
  const { rows } = writeAmplified(path.join(samples, "joined/gdeltv2"), folder, {
    count: Number(values.slices),
  });
  const publisher = await bench.publisher();
  const { slices } = await listSlices(folder, parseSliceFileName);
  const before = process.cpuUsage();
  for (const slice of slices) await publisher.publish(slice, readFeedFile);
  const { user, system } = process.cpuUsage(before);
  rmSync(folder, { recursive: true });
  return { rows, cpuSeconds: (user + system) / 1e6 };
}

interface Run {
  readonly threads: number;
  readonly rowsPerSecond: number;
  /** Until the tables had everything, after the tasks. */
  readonly tablesAfterSeconds: number;
  readonly cpuSeconds: Readonly<Record<string, number>>;
  readonly othersCpuSeconds: number;
  readonly idleCpuSeconds: number;
  readonly replicaThreads: Readonly<Record<string, number>>;
  readonly peakRssMb: number;
}

/** Differences of counts, now and before. */
const since = (before: Readonly<Record<string, number>>, now: Readonly<Record<string, number>>) =>
  Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, round(value - (before[name] ?? 0))]),
  );

let runs = 0;
async function runOnce(threads: number, rows: number): Promise<Run> {
  await bench.forgetWork();
  const application = `threads-${threads}-${runs++}`;
  const { broker, minio } = await bench.servers();
  const lines = { "application.id": application, "num.stream.threads": threads };
  const replica = bench.replica(application, lines);
  await replica.until("tasks", () => replica.tasks.length > 0);
  const pid = replica.child.pid!;
  const cost = () => ({
    replica: cpuSecondsOf(pid),
    broker: cpuSecondsOf(broker),
    minio: cpuSecondsOf(minio),
  });
  let peakRssMb = 0;
  const sampled = setInterval(() => {
    peakRssMb = Math.max(peakRssMb, rssMbOf(pid));
  }, 200);
  const [before, machineBefore, startMs] = [cost(), machineSeconds(), performance.now()];
  await timedUntil(() => bench.tasksDone(application), { everyMs: 200 });
  const seconds = (performance.now() - startMs) / 1000;
  const [after, machine, own] = [cost(), machineSeconds(), since({}, threadSecondsOf(pid))];
  const tablesMs = await timedUntil(() => bench.tablesDone(application), { everyMs: 300 });
  clearInterval(sampled);
  await replica.stop();
  const cpuSeconds = since(before, after);
  const busy = machine.busy - machineBefore.busy;
  const ours = Object.values(cpuSeconds).reduce((sum, part) => sum + part, 0);
  const run = {
    threads,
    rowsPerSecond: Math.round(rows / seconds),
    tablesAfterSeconds: round(tablesMs / 1000),
    cpuSeconds,
    othersCpuSeconds: round(busy - ours),
    idleCpuSeconds: round(machine.idle - machineBefore.idle),
    replicaThreads: own,
    peakRssMb: Math.round(peakRssMb),
  };
  process.stderr.write(`${JSON.stringify(run)}\n`);
  const odd = replica.lines.filter(({ level }) => level !== "info");
  if (odd.length > 0) process.stderr.write(`${JSON.stringify(odd.slice(0, 5))}\n`);
  return run;
}

try {
  const { rows, cpuSeconds } = await publishAll();
  const all: Run[] = [];
  const counts = values.threads.split(",").map(Number);
  // In turn: the machine is not equally busy all the time.
  for (let run = 0; run < Number(values.runs); run++) {
    for (const threads of counts) all.push(await runOnce(threads, rows));
  }
  const rates = counts.map((threads) => {
    const rate = all.filter((of) => of.threads === threads).map((of) => of.rowsPerSecond);
    return { threads, median: median(rate), most: Math.max(...rate) };
  });
  writeResult(values.name, {
    ...conditions(),
    slices: Number(values.slices),
    rows,
    bronze: values.bronze === "true",
    partitions: bench.partitions,
    publishCpuSecondsPerMillionRows: round((cpuSeconds / rows) * 1e6),
    rates,
    runs: all,
  });
} finally {
  await bench.close();
}
