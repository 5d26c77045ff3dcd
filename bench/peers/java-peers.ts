import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { cacheFolder } from "../../scripts/services/folders.ts";
import { isOnPath } from "../../scripts/services/on-path.ts";
import { ConfigError } from "../../src/record/errors.ts";

const project = path.join(import.meta.dirname, "java");

/** Built once for what the sources are now, outside of the checkout. */
function builtFolder(): string {
  const sum = createHash("sha256");
  for (const file of globSync("**/*.{java,xml}", { cwd: project }).sort()) {
    sum.update(file).update(readFileSync(path.join(project, file)));
  }
  return path.join(cacheFolder(), "peers", `java-${sum.digest("hex").slice(0, 12)}`);
}

/** Compiles the peers in Java, and fetches Kafka Streams. @throws ConfigError without Java and Maven. */
export async function buildJavaPeers(): Promise<void> {
  const built = builtFolder();
  if (existsSync(built)) return;
  const missing = ["java", "javac", "mvn"].filter((program) => !isOnPath(program));
  if (missing.length > 0) {
    throw new ConfigError(`there is no ${missing.join(", ")}: install a JDK 17 and Maven`);
  }
  const building = `${built}.new`;
  await rm(building, { recursive: true, force: true });
  await mkdir(path.dirname(built), { recursive: true });
  const args = ["-q", "-B", "-f", path.join(project, "pom.xml"), `-Dbuilt=${building}`, "package"];
  await promisify(execFile)("mvn", args, { maxBuffer: 1 << 26 });
  await rename(building, built);
}

/** The arguments of `java` that run one of them, with its compiler free to do what it can. */
export function javaPeer(heap: string, main: string, ...args: readonly string[]): string[] {
  const built = builtFolder();
  const classes = [path.join(built, "peers-1.jar"), path.join(built, "lib", "*")].join(":");
  const quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=error";
  return [`-Xmx${heap}`, quiet, "-cp", classes, `peers.${main}`, ...args];
}
