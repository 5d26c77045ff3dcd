import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { kafkaCluster } from "../../../scripts/services/kafka.ts";
import { thisProcess } from "../../../scripts/services/running-process.ts";
import { compareWithOracle } from "../../oracle/compare.ts";
import { pythonReaders } from "../../python-readers.ts";
import { ownInstance } from "../../services/own-instance.ts";

const cluster = kafkaCluster(1);
const program = fileURLToPath(new URL("../../../src/app/main.ts", import.meta.url));
const skip =
  (!(await cluster.software.isInstalled()) && "Kafka is not installed") ||
  ((await pythonReaders()) === null && "no Python with delta-rs and DuckDB");

async function run(...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let complaint = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  const [code] = await once(child, "close");
  assert.equal(code, 0, `${args.join(" ")}: ${complaint}`);
}

test("an application on Kafka goes through other numbers of partitions, a savepoint and a reset", {
  skip,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), "kafka-maintenance-"));
  after(() => rm(folder, { recursive: true, force: true }));
  const slices = join(folder, "slices");
  await run("generate", slices, "--slices", "5", "--events", "100");
  const files = (await readdir(slices)).sort();
  const seen = join(folder, "seen");
  await mkdir(seen);
  const instance = ownInstance("kafka-maintenance");
  const { ports } = await instance.start(cluster, await thisProcess());
  const kafka = ["--kafka", cluster.endpoint(ports)];
  const out = join(folder, "out");
  let published = 0;
  const replay = async (count: number): Promise<void> => {
    for (const file of files.slice(published, 3 * count)) {
      await copyFile(join(slices, file), join(seen, file));
    }
    published = 3 * count;
    await run("replay", seen, "--out", out, "--bronze", "--partitions", "2", ...kafka);
  };
  const maintain = (command: string, ...args: string[]) =>
    run(command, "--data", out, ...kafka, ...args);

  await replay(1);
  await maintain("rescale", "--partitions", "4");
  await replay(2);
  await maintain("rescale", "--partitions", "3");
  await maintain("savepoint", "--name", "three");
  await replay(3);
  await maintain("restore", "--savepoint", "three");
  await replay(4);
  const report = await compareWithOracle({ slices: seen, out });
  assert.ok(report.equal, report.message);
  await maintain("reset");
  await replay(5);
  await run("audit", "--data", out);
  await run("lake", "verify", out);
});
