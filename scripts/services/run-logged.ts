import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, open, readFile } from "node:fs/promises";
import path from "node:path";
import { ConfigError } from "../../src/record/errors.ts";
import { cacheFolder } from "./folders.ts";

const TAIL_LINES = 20;

/**
 * Runs a program of an installation to its end, its output in a log in the cache. It gives way to
 * others (`nice`), since in CI tests run beside it, and does not outlive us.
 * @throws ConfigError with the log's end when it fails.
 */
export async function runLogged(
  log: string,
  file: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const logFile = path.join(cacheFolder(), "logs", `${log}.log`);
  await mkdir(path.dirname(logFile), { recursive: true });
  const output = await open(logFile, "a");
  try {
    const child = spawn("nice", ["-n", "19", file, ...args], {
      stdio: ["ignore", output.fd, output.fd],
      env: { ...process.env, ...env },
    });
    const kill = () => child.kill();
    process.once("exit", kill);
    const [code, signal] = await once(child, "exit");
    process.off("exit", kill);
    if (code === 0) return;
    const how = signal === null ? `exit code ${code}` : signal;
    throw new ConfigError(
      `${file} ${args.join(" ")} failed (${how}). The end of ${logFile}:\n${await tail(logFile)}`,
    );
  } finally {
    await output.close();
  }
}

/** The last lines of a log, for a message. */
export async function tail(file: string): Promise<string> {
  const text = await readFile(file, "utf8");
  return text.trimEnd().split("\n").slice(-TAIL_LINES).join("\n");
}
