import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { kafkaProgram } from "../../scripts/services/kafka-software.ts";

const HEAP_MB = 128;

/** Runs a tool that comes with Kafka, as `kafka-topics.sh` does; what it prints. */
export async function kafkaTool(main: string, args: string[], input = ""): Promise<string> {
  // Their logger writes to the same output otherwise.
  const options = ["-Dorg.slf4j.simpleLogger.defaultLogLevel=error"];
  const java = [...options, ...kafkaProgram(HEAP_MB, `org.apache.kafka.tools.${main}`, ...args)];
  const running = promisify(execFile)("java", java, { timeout: 120_000 });
  running.child.stdin?.end(input);
  return (await running).stdout.trim();
}
