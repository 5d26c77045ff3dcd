import { test } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../ingest/property-runs.ts";
import { checkSimulation, inOrderSimulation, lateSimulation, small } from "./simulate.ts";
import { deltaTables } from "./tables.ts";

test("the Delta tables of the lake are the same too, whatever crashes", async () => {
  const property = fc.asyncProperty(fc.oneof(inOrderSimulation, lateSimulation), async (what) => {
    await checkSimulation(what, { tables: deltaTables() });
  });
  await fc.assert(property, propertyRuns(50));
});

test("the Delta tables are the same when they are compacted and cleaned beside it, and that crashes too", async () => {
  const what = small(fc.oneof(inOrderSimulation, lateSimulation));
  const property = fc.asyncProperty(what, async (simulation) => {
    await checkSimulation(simulation, { tables: deltaTables({ kept: true }) });
  });
  await fc.assert(property, propertyRuns(5));
});
