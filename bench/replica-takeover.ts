import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { ReplicaProcess } from "../test/replicas/replica-process.ts";
import { MillionEvents } from "./million-events.ts";
import { conditions, median, rssMbOf } from "./process-cost.ts";
import { timedUntil, writeResult } from "./replica-bench.ts";

/**
 * `node bench/replica-takeover.ts [--runs 3] [--built file]`: three replicas with a million events of
 * state. One is killed (SIGKILL), and it is timed until all tasks are RUNNING on the two others; then
 * it is started again, and timed until all three RUN with their share. Without standbys and copies of
 * checkpoints on the disks; with a standby of each task; and the start with copies and without.
 */
const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "3" },
    built: { type: "string", default: path.join(tmpdir(), "gdelt-streams-million-events.json") },
  },
});
const SESSION_MS = 10_000;
const NAMES = ["a", "b", "c"];
const PARTITIONS = 4;
const TASKS = 9 * PARTITIONS + 1;

const million = await MillionEvents.open(values.built, {
  partitions: PARTITIONS,
  "session.timeout.ms": SESSION_MS,
});
const { bench } = million;
const replicas = new Map<string, ReplicaProcess>();

/** When a thread of these said last that all it has runs; null while that is not so. */
function runningSinceMs(
  of: readonly ReplicaProcess[],
): { assignedMs: number; runMs: number } | null {
  if (of.reduce((sum, { tasks }) => sum + tasks.length, 0) !== TASKS) return null;
  let [assignedMs, runMs] = [0, 0];
  for (const { lines } of of) {
    const told = lines.filter(({ thread }) => thread !== undefined);
    const state = told.findLast(({ msg }) => msg.startsWith("State transition"));
    const assigned = told.findLast(({ active }) => active !== undefined);
    if (state === undefined || !state.msg.endsWith(" to RUNNING")) return null;
    runMs = Math.max(runMs, Date.parse(state.time));
    assignedMs = Math.max(assignedMs, Date.parse(assigned!.time));
  }
  return { assignedMs, runMs };
}

/** Until it is so and stays so. */
async function untilRunning(of: readonly ReplicaProcess[], fromMs: number) {
  let since = 0;
  await timedUntil(() => {
    const now = runningSinceMs(of);
    if (now === null || now.runMs < fromMs) since = 0;
    else if (since === 0) since = Date.now();
    return since > 0 && Date.now() - since > 1500;
  });
  const { assignedMs, runMs } = runningSinceMs(of)!;
  return { assignedMs: assignedMs - fromMs, runningMs: runMs - fromMs };
}

const others = (name: string) =>
  NAMES.filter((other) => other !== name).map((of) => replicas.get(of)!);

const dropCopies = (name: string) =>
  rmSync(path.join(bench.stateOf(name), "checkpoints"), { recursive: true, force: true });

interface Case {
  readonly standbys: 0 | 1;
  /** Of checkpoints on the disks of all. */
  readonly copies: boolean;
}

async function takeOver(name: string, { standbys, copies }: Case) {
  const killed = replicas.get(name)!;
  const tasks = killed.tasks.length;
  const killedMs = Date.now();
  killed.child.kill("SIGKILL");
  const taken = await untilRunning(others(name), killedMs);
  const rssMb = others(name).map(({ child }) => Math.round(rssMbOf(child.pid!)));
  if (!copies) dropCopies(name);
  const startMs = Date.now();
  replicas.set(name, bench.replica(name, { "num.standby.replicas": standbys }));
  const back = await untilRunning([...replicas.values()], startMs);
  const run = { standbys, copies, tasks, taken, rssMb, back };
  process.stderr.write(`${JSON.stringify(run)}\n`);
  return run;
}

async function measure(of: Case) {
  const startMs = Date.now();
  for (const name of NAMES) {
    replicas.set(name, bench.replica(name, { "num.standby.replicas": of.standbys }));
  }
  await untilRunning([...replicas.values()], startMs);
  const runs = [];
  for (let run = 0; run < Number(values.runs); run++) {
    if (!of.copies) for (const name of NAMES) dropCopies(name);
    // Standbys catch up.
    await sleep(8000);
    runs.push(await takeOver(NAMES[run % NAMES.length]!, of));
  }
  await Promise.all([...replicas.values()].map((replica) => replica.stop()));
  for (const replica of replicas.values()) {
    const odd = replica.lines.filter(({ level }) => level !== "info");
    if (odd.length > 0) process.stderr.write(`${JSON.stringify(odd.slice(0, 5))}\n`);
  }
  const spread = (all: readonly number[]) => ({ min: Math.min(...all), median: median(all) });
  return {
    ...of,
    msFromKillToAssigned: spread(runs.map(({ taken }) => taken.assignedMs)),
    msFromKillToRunning: spread(runs.map(({ taken }) => taken.runningMs)),
    msFromStartToAllRunning: spread(runs.map(({ back }) => back.runningMs)),
    runs,
  };
}

try {
  const cases: Case[] = [
    { standbys: 0, copies: false },
    { standbys: 0, copies: true },
    { standbys: 1, copies: true },
  ];
  const results = [];
  for (const of of cases) results.push(await measure(of));
  writeResult("replica-takeover", {
    ...conditions(),
    events: million.events,
    checkpointMb: await million.checkpointMb(),
    sessionTimeoutMs: SESSION_MS,
    results,
  });
} finally {
  await million.close();
}
