import v8 from "node:v8";
import { ConfigError, TopologyError } from "../record/errors.ts";
import { runCommand } from "./command-line.ts";

// Most memory here is buffers outside the heap, whose turnover makes V8 collect the whole heap again
// and again for nothing: a sixth of all CPU time. Let it collect less often; and keep the young
// generation small, which would grow to 130 MB for objects that are few.
v8.setFlagsFromString("--heap-growing-percent=300");
v8.setFlagsFromString("--semi-space-growth-factor=1");

try {
  process.exitCode = await runCommand(process.argv.slice(2));
} catch (error) {
  if (error instanceof ConfigError || error instanceof TopologyError) {
    process.stderr.write(`gdelt-streams: ${error.message}\n`);
    process.exitCode = 2;
  } else throw error;
}
