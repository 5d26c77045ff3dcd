import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { kafkaCluster } from "../../../scripts/services/kafka.ts";
import { thisProcess } from "../../../scripts/services/running-process.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { compareWithOracle } from "../../oracle/compare.ts";
import { pythonReaders } from "../../python-readers.ts";
import { ownInstance } from "../../services/own-instance.ts";

const cluster = kafkaCluster(1);
const program = fileURLToPath(new URL("../../../src/app/main.ts", import.meta.url));
const samples = join(process.env["GDELT_SAMPLES"] ?? "../shared/data/gdelt", "joined", "gdeltv2");
const skip =
  (!(await cluster.software.isInstalled()) && "Kafka is not installed") ||
  ((await pythonReaders()) === null && "no Python with delta-rs and DuckDB");

const KILLS = 3;

const start = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [program, ...args], { stdio: ["ignore", "ignore", "pipe"] });

/** Runs to the end. */
async function run(...args: string[]): Promise<void> {
  const child = start(...args);
  let complaint = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, complaint);
}

/** How many table files lie there. */
async function tableFiles(out: string): Promise<number> {
  const tables = join(out, "silver");
  if (!existsSync(tables)) return 0;
  const names = await readdir(tables, { recursive: true });
  return names.filter((name) => name.endsWith(".parquet")).length;
}

/**
 * Kills it some time after it has written so many table files: by its progress, as machines are
 * not equally fast. False when it was through before.
 */
async function killAfter(files: number, delayMs: number, out: string, args: readonly string[]) {
  const before = await tableFiles(out);
  const child = start(...args);
  const closed = once(child, "close");
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  while (isRunning() && (await tableFiles(out)) < before + files) await sleep(5);
  await Promise.race([sleep(delayMs), closed]);
  child.kill("SIGKILL");
  const [, signal] = await closed;
  return signal === "SIGKILL";
}

test("a replay on Kafka, killed and run again, gives what a batch join gives", {
  skip,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kafka-replay-"));
  after(() => rm(folder, { recursive: true, force: true }));
  let slices = samples;
  if (!existsSync(slices)) {
    slices = join(folder, "slices");
    await run("generate", slices, "--slices", "12", "--events", "800");
  }
  const instance = ownInstance("kafka-replay");
  const { ports } = await instance.start(cluster, await thisProcess());
  const out = join(folder, "out");
  const broker = cluster.endpoint(ports);
  const replay = ["replay", slices, "--out", out, "--json", "--partitions", "2", "--kafka", broker];

  const seed = Number(process.env["STREAMS_SEED"] ?? Math.floor(Math.random() * 1e9));
  const random = new Random(seed, 5);
  let killed = 0;
  for (let i = 0; i < KILLS; i++) {
    // The first at the first file, when a run cannot be through.
    const files = i === 0 ? 1 : 1 + random.below(5);
    const delayMs = i === 0 ? 0 : 200 * random.next();
    if (await killAfter(files, delayMs, out, replay)) killed++;
  }
  await run(...replay);
  const report = await compareWithOracle({ slices, out });
  assert.ok(report.equal, `STREAMS_SEED=${seed}, ${killed} kills: ${report.message}`);
  assert.ok(killed > 0, `STREAMS_SEED=${seed}: no run was killed`);
});
