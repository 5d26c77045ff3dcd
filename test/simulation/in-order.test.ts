import { test } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../ingest/property-runs.ts";
import { checkSimulation, inOrderSimulation } from "./simulate.ts";

test("Silver is the same in any partitions and batches, whatever crashes", async () => {
  const property = fc.asyncProperty(inOrderSimulation, async (what) => {
    await checkSimulation(what);
  });
  await fc.assert(property, propertyRuns(500));
});
