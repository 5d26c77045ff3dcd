import { execFile } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../scripts/services/folders.ts";
import { isOnPath } from "../../scripts/services/on-path.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { answerOf } from "./answer.ts";
import type { Contender } from "./contender.ts";
import { runPeer } from "./peer-process.ts";

const PACKAGES = ["pyspark==4.0.4", "delta-spark==4.0.1"];
/** Of the token provider, which only logins need, another patch release is as good. */
const JARS = [
  "org.apache.spark:spark-sql-kafka-0-10_2.13:4.0.4",
  "org.apache.spark:spark-token-provider-kafka-0-10_2.13:4.0.0",
  "org.apache.kafka:kafka-clients:3.9.1",
  "org.apache.commons:commons-pool2:2.12.0",
  "io.delta:delta-spark_2.13:4.0.1",
  "io.delta:delta-storage:4.0.1",
  "com.globalmentor:hadoop-bare-naked-local-fs:0.1.0",
];
const run = promisify(execFile);

const home = () => path.join(cacheFolder(), "peers", "spark");
const python = () => path.join(home(), "python", "bin", "python");

/** Half a gigabyte, outside of the checkout; once for these versions. */
async function install(): Promise<void> {
  const wanted = [...PACKAGES, ...JARS].join("\n");
  const stamp = path.join(home(), "versions");
  if (existsSync(stamp) && (await readFile(stamp, "utf8")) === wanted) return;
  const missing = ["java", "mvn", "python3"].filter((program) => !isOnPath(program));
  if (missing.length > 0) {
    throw new ConfigError(`there is no ${missing.join(", ")}: install Java 17, Maven and Python`);
  }
  await rm(home(), { recursive: true, force: true });
  await mkdir(home(), { recursive: true });
  await run("python3", ["-m", "venv", path.join(home(), "python")]);
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...PACKAGES];
  await run(python(), pip, { maxBuffer: 1 << 26 });
  const copy = ["-q", "-B", "dependency:copy", `-DoutputDirectory=${path.join(home(), "jars")}`];
  for (const jar of JARS) await run("mvn", [...copy, `-Dartifact=${jar}`], { cwd: home() });
  await writeFile(stamp, wanted);
}

/** Spark Structured Streaming on two cores, from Kafka into a Delta table. */
export const spark: Contender = {
  name: "spark",
  title: "Spark 4.0 Structured Streaming + Delta, local[2], events first",
  onKafka: true,
  prepare: install,
  run: async ({ broker, load, folder, watch }) => {
    const jars = globSync("jars/*.jar", { cwd: home() }).map((jar) => path.join(home(), jar));
    const options = { broker: broker!.address, folder, jars, rows: load.rows };
    const script = path.join(import.meta.dirname, "spark.py");
    const environment = { SPARK_LOCAL_IP: "127.0.0.1", PYSPARK_PYTHON: python() };
    const args = [script, JSON.stringify(options)];
    const times = await runPeer(python(), args, watch, environment);
    return { ...times, answer: await answerOf("delta", path.join(folder, "silver")) };
  },
};
