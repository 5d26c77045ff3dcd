import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const script = fileURLToPath(new URL("../scripts/python-readers", import.meta.url));

let found: Promise<string | null> | undefined;

/**
 * The Python that has delta-rs, DuckDB and pyarrow, or null where it cannot be made (no Python, no
 * network): a suite then says so and skips. In CI that throws, because a skip there proves nothing.
 */
export const pythonReaders = (): Promise<string | null> => {
  found ??= make();
  return found;
};

async function make(): Promise<string | null> {
  try {
    const { stdout } = await run(script, { timeout: 600_000 });
    return stdout.trim();
  } catch (cause) {
    if (process.env["CI"] === "true") {
      throw new Error("scripts/python-readers failed, and in CI nothing may be skipped", { cause });
    }
    return null;
  }
}

/**
 * Runs a Python program with `input` as JSON on its standard input; what it prints must be JSON.
 * @throws with the program's standard error when it fails.
 */
export async function runPython(python: string, program: string, input: unknown): Promise<unknown> {
  // Leaves at once: now and then the readers' threads abort the interpreter as it winds up.
  const leave = "\nimport os, sys\nsys.stdout.flush()\nos._exit(0)\n";
  const running = run(python, ["-c", program + leave], { timeout: 120_000, maxBuffer: 256 << 20 });
  running.child.stdin?.end(JSON.stringify(input));
  const { stdout } = await running;
  return JSON.parse(stdout);
}
