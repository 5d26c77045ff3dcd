import { ConfigError, TopologyError } from "../record/errors.ts";
import { runCommand } from "./command-line.ts";
import { applyHeapSettings } from "./heap-settings.ts";

applyHeapSettings();
try {
  process.exitCode = await runCommand(process.argv.slice(2));
} catch (error) {
  if (error instanceof ConfigError || error instanceof TopologyError) {
    process.stderr.write(`gdelt-streams: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
