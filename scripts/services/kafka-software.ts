import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../src/record/errors.ts";
import { aptInstall } from "./apt.ts";
import { cacheFolder } from "./folders.ts";
import { isOnPath } from "./on-path.ts";
import { runLogged } from "./run-logged.ts";
import type { Software } from "./service.ts";

const VERSION = "4.1.2";
const PROGRAMS = ["java", "mvn"];

/** Apache Kafka as Maven Central has it: the server and its tools, which are jars and nothing else. */
export const kafkaSoftware: Software = {
  name: "kafka",
  effort: `Kafka ${VERSION} by Maven, half a minute and 60 MB; Java 17 and Maven are needed`,
  isQuick: () => PROGRAMS.every(isOnPath),
  isInstalled: async () => isOnPath("java") && existsSync(jarFolder()),
  install,
};

const jarFolder = () => path.join(cacheFolder(), "kafka", VERSION);

/**
 * The arguments of `java` that run one of Kafka's programs. Compiled once and not again: a server for
 * tests has to start soon, and starts in a third of the time.
 */
export function kafkaProgram(heapMb: number, main: string, ...args: string[]): string[] {
  const heap = [`-Xmx${heapMb}m`, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  return [...heap, "-cp", path.join(jarFolder(), "*"), main, ...args];
}

async function install(): Promise<void> {
  if (!PROGRAMS.every(isOnPath)) await aptInstall(["default-jre-headless", "maven"]);
  const folder = jarFolder();
  // Moved in whole, so that an interrupted download is never taken for a good one.
  const building = `${folder}.new`;
  await rm(building, { recursive: true, force: true });
  await mkdir(building, { recursive: true });
  const pom = path.join(building, "pom.xml");
  await writeFile(pom, POM);
  const jars = path.join(building, "jars");
  const goal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
  const options = ["-DincludeScope=runtime", `-DoutputDirectory=${jars}`];
  await runLogged("kafka", "mvn", ["-B", "-f", pom, goal, ...options]);
  if (!existsSync(path.join(jars, `kafka_2.13-${VERSION}.jar`))) {
    throw new ConfigError(`Maven has copied no kafka_2.13-${VERSION}.jar to ${jars}`);
  }
  await rename(jars, folder);
  await rm(building, { recursive: true });
}

const dependency = (group: string, artifact: string, version: string) =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId>` +
  `<version>${version}</version></dependency>`;

const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>gdelt-streams</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>
  <dependencies>
    ${dependency("org.apache.kafka", "kafka_2.13", VERSION)}
    ${dependency("org.apache.kafka", "kafka-tools", VERSION)}
    ${dependency("org.slf4j", "slf4j-simple", "1.7.36")}
  </dependencies>
</project>
`;
