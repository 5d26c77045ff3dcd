import { inspect } from "node:util";
import fc from "fast-check";
import { checkSimulation, inOrderSimulation, lateSimulation, shared, small } from "../simulate.ts";

/**
 * `many-seeds-child.ts <runs> <seed>`: small runs of replicas. A process of its own, since the test runner
 * watches every promise, and these have many. The last line is how many runs there were.
 */
const [runs, seed] = process.argv.slice(2).map(Number) as [number, number];
const simulation = small(shared(fc.oneof(inOrderSimulation, lateSimulation)));
const property = fc.asyncProperty(simulation, async (what) => {
  await checkSimulation(what);
});
const result = await fc.check(property, { numRuns: runs, seed });
process.stdout.write(
  result.failed
    ? `${fc.defaultReportMessage(result)}\n${inspect(result.errorInstance)}\n`
    : `${result.numRuns}\n`,
);
process.exitCode = result.failed ? 1 : 0;
