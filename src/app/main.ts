import {
  ConfigError,
  RetriableError,
  TaskCorruptedError,
  TaskMigratedError,
} from "../record/errors.ts";
import { applyAllocatorSettings } from "./allocator-settings.ts";
import { runCommand } from "./command-line.ts";
import { useCompileCache } from "./compile-cache.ts";
import { applyHeapSettings } from "./heap-settings.ts";

/** For these it counts more what they hold than what page faults cost. */
const LONG_LIVED: readonly string[] = ["run", "start"];

const [command = ""] = process.argv.slice(2);
if (LONG_LIVED.includes(command)) applyAllocatorSettings();
applyHeapSettings();
useCompileCache();
try {
  process.exitCode = await runCommand(process.argv.slice(2));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Errors of the world say what to do and need no stack; anything else is a bug, and shows one. */
function exitCodeOf(error: unknown): number {
  const isConfig = error instanceof ConfigError;
  const isWorld =
    error instanceof RetriableError ||
    error instanceof TaskCorruptedError ||
    error instanceof TaskMigratedError;
  if (!isConfig && !isWorld) throw error;
  const because = error.cause instanceof Error ? error.cause.message : "";
  const cause = error.message.includes(because) ? "" : ` (${because})`;
  process.stderr.write(`gdelt-streams: ${error.message}${cause}\n`);
  return isConfig ? 2 : 1;
}
