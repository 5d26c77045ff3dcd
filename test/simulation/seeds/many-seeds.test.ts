import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { propertyRuns } from "../../ingest/property-runs.ts";

const PROCESSES = 2;
const CHILD = path.join(import.meta.dirname, "many-seeds-child.ts");

test("small runs of replicas come to the same Silver, at very many seeds", async (t) => {
  const { numRuns, seed = Math.floor(Math.random() * 1e9) } = propertyRuns(5000);
  t.diagnostic(`STREAMS_SEED=${seed}`);
  const runs = Math.ceil(numRuns / PROCESSES);
  const children = Array.from({ length: PROCESSES }, async (_, number) => {
    const args = [CHILD, `${runs}`, `${seed + number}`];
    // The report of a failure is on its standard output.
    const run = promisify(execFile)(process.execPath, args, { maxBuffer: 1 << 26 });
    const { stdout } = await run.catch((error: { stdout: string }) => error);
    return stdout.trim();
  });
  for (const ended of await Promise.all(children)) assert.equal(ended, `${runs}`);
});
