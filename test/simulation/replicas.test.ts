import { test } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../ingest/property-runs.ts";
import { checkSimulation, inOrderSimulation, lateSimulation, shared } from "./simulate.ts";

test("Silver is the same when replicas share the work, whoever dies, stands still or leaves", async () => {
  const simulation = shared(fc.oneof(inOrderSimulation, lateSimulation));
  const property = fc.asyncProperty(simulation, async (what) => {
    await checkSimulation(what);
  });
  await fc.assert(property, propertyRuns(500));
});
