import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { allDone } from "../replicas/all-done.ts";
import type { OwnBucket } from "../services/own-bucket.ts";
import type { Evidence, Recovery } from "./evidence.ts";
import { gatherEvidence } from "./gather/gather-evidence.ts";
import { INVARIANTS } from "./invariants/all-invariants.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { allPublished } from "./world/all-published.ts";
import { ChaosMart } from "./world/chaos-mart.ts";
import { ChaosWorld } from "./world/chaos-world.ts";
import { Load, type LoadSpec } from "./world/load.ts";

export interface RunSpec {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly replicas: number;
  /** How long it is disturbed. */
  readonly disturbMs: number;
  readonly bucket: OwnBucket;
  /** A database of one who may make others; null: no mart is kept. */
  readonly postgres: string | null;
  readonly say: (line: string) => void;
}

export interface ScenarioReport {
  readonly scenario: string;
  readonly seed: number;
  readonly faults: readonly string[];
  /** Times that a task was taken over from whoever had it, or by itself after a failure. */
  readonly takeovers: number;
  readonly commits: number;
  /** From the last fault until all run and nothing is left to read; null: not in time. */
  readonly recoveryS: number | null;
  readonly rssMibMax: number;
  /** Processes that have ended by themselves and were started again. */
  readonly deaths: readonly string[];
  /** By the invariant: where it does not hold; and why the scenario itself could not go on. */
  readonly violations: Readonly<Record<string, readonly string[]>>;
  /** Folder with what the processes have said, where that is of interest. */
  readonly logs: string | null;
  readonly seconds: number;
}

const RECOVERY_S_MAX = 90;
const START_MS_MAX = 120_000;
const POLL_MS = 300;
const PACE_MS = 1000;
const EVENTS_PER_SLICE = 60;
const SLICES_MIN = 8;
const MIB = 1 << 20;
const LINES_MAX = 10;
const LINE_CHARS_MAX = 600;

/** Runs a load through replicas that are disturbed, and checks everything afterwards. */
export async function runScenario(spec: RunSpec): Promise<ScenarioReport> {
  const { scenario, seed, replicas, disturbMs, bucket, postgres, say } = spec;
  const beganMs = Date.now();
  const seconds = () => Math.round((Date.now() - beganMs) / 100) / 10;
  const faults: string[] = [];
  const scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-chaos-"));
  const { nodes, way, settings = [] } = scenario;
  const prefix = basename(scratch);
  const isMart = scenario.mart === true && postgres !== null;
  const mart = isMart ? await ChaosMart.create(postgres, prefix.toLowerCase()) : null;
  const world = await ChaosWorld.open({
    ...{ nodes, way, settings, mart, replicas, bucket, scratch, prefix },
  });
  try {
    const load = await Load.write(loadFor(seed, disturbMs), join(scratch, "slices"));
    say(`${scenario.name}: brokers are up after ${seconds()} s`);
    const stop = new AbortController();
    world.feed.start();
    for (const { process } of world.replicas) process.start();
    const publishing = load.publish(world.published, stop.signal);
    await until("all replicas running", START_MS_MAX, world, async () => world.allRun);
    say(`${scenario.name}: replicas run after ${seconds()} s`);
    const fault = (what: string) => {
      faults.push(what);
      say(`${scenario.name} ${seconds()} s: ${what}`);
    };
    const untilMs = Date.now() + disturbMs;
    const trouble = await scenario
      .disturb({ world, random: new Random(seed, 72), untilMs, fault })
      .then(
        () => null,
        (error: Error) => error.message,
      );
    world.heal();
    world.feed.start();
    for (const { process } of world.replicas) process.start();
    const recovery = await recovered(world, load, publishing);
    say(
      `${scenario.name}: running after ${recovery.runningS} s, no lag after ${recovery.lagZeroS} s`,
    );
    stop.abort();
    await publishing;
    await world.feed.stop();
    for (const { process } of world.replicas) await process.stop();
    say(`${scenario.name}: all have stopped after ${seconds()} s; now the checks`);
    const evidence = await gatherEvidence(world, load, recovery);
    const report = reportOf(spec, world, evidence, { faults, trouble });
    const isBroken = Object.values(report.violations).some((lines) => lines.length > 0);
    const logs = isBroken || report.deaths.length > 0 ? await keepLogs(world) : null;
    return { ...report, logs, seconds: seconds() };
  } finally {
    await world.close();
  }
}

/** It lasts as long as the disturbance, and a little longer. */
const loadFor = (seed: number, disturbMs: number): LoadSpec => ({
  seed,
  slices: Math.max(SLICES_MIN, Math.ceil(disturbMs / PACE_MS)),
  eventsPerSlice: EVENTS_PER_SLICE,
  paceMs: PACE_MS,
});

/** From now on. The rest of the load comes at its pace, which is no fault of theirs. */
async function recovered(
  world: ChaosWorld,
  load: Load,
  publishing: Promise<void>,
): Promise<Recovery> {
  const beganMs = Date.now();
  const deadline = beganMs + RECOVERY_S_MAX * 1000;
  const within = async (isSo: () => Promise<boolean>, fromMs = beganMs): Promise<number | null> => {
    while (!(await isSo())) {
      if (Date.now() > deadline) return null;
      await sleep(POLL_MS);
    }
    return Math.round((Date.now() - fromMs) / 100) / 10;
  };
  const runningS = await within(async () => world.allRun);
  await publishing;
  const lagZeroS = await within(
    async () =>
      (await allPublished(world.log, load.names)) &&
      (await allDone(world.log, world.lake)) &&
      ((await world.mart?.isAtEnd(world.log)) ?? true),
    Math.max(beganMs, Date.now()),
  );
  return { runningS, lagZeroS, secondsMax: RECOVERY_S_MAX };
}

async function until(
  what: string,
  msMax: number,
  world: ChaosWorld,
  isSo: () => Promise<boolean>,
): Promise<void> {
  for (const endMs = Date.now() + msMax; !(await isSo()); await sleep(POLL_MS)) {
    if (Date.now() < endMs) continue;
    const said = world.replicas.map(({ name, process }) => `${name}: ${process.said.slice(-1500)}`);
    throw new Error(`not ${what} after ${msMax / 1000} s\n${said.join("\n")}`);
  }
}

function reportOf(
  { scenario, seed }: RunSpec,
  { samples, deaths }: ChaosWorld,
  evidence: Evidence,
  { faults, trouble }: { readonly faults: readonly string[]; readonly trouble: string | null },
): Omit<ScenarioReport, "seconds" | "logs"> {
  const committed = evidence.commits.filter(({ outcome }) => outcome === "committed");
  const { runningS, lagZeroS } = evidence.recovery;
  const checked = INVARIANTS.map(
    ({ id, violations }) => [id, short(violations(evidence))] as const,
  );
  return {
    scenario: scenario.name,
    seed,
    faults,
    takeovers: takeoversIn(evidence),
    commits: committed.length,
    recoveryS: runningS === null || lagZeroS === null ? null : Math.max(runningS, lagZeroS),
    rssMibMax: Math.round(Math.max(0, ...samples.map(({ rssBytes }) => rssBytes)) / MIB),
    deaths: deaths.map(({ name, how, said }) => `${name}: ${how}: ${said.slice(-300)}`),
    violations: {
      ...Object.fromEntries(checked),
      ...(trouble !== null && { scenario: [trouble] }),
    },
  };
}

/** A report is for a person to read. */
const short = (lines: readonly string[]): string[] => [
  ...lines.slice(0, LINES_MAX).map((line) => line.slice(0, LINE_CHARS_MAX)),
  ...(lines.length > LINES_MAX ? [`… and ${lines.length - LINES_MAX} more`] : []),
];

/** The epochs of a task's producer, but for the first. */
function takeoversIn({ tasks, commits }: Evidence): number {
  return tasks.reduce((sum, { inputs }) => {
    const own = commits.filter(({ positions }) => positions.has(inputs[0]!));
    const owners = new Set(own.map(({ producerId, epoch }) => `${producerId} ${epoch}`));
    return sum + Math.max(0, owners.size - 1);
  }, 0);
}

async function keepLogs({ replicas, feed }: ChaosWorld): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gdelt-streams-chaos-logs-"));
  for (const { name, said } of [...replicas.map(({ process }) => process), feed]) {
    await writeFile(join(folder, `${name}.log`), said);
  }
  return folder;
}
