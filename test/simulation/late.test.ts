import { test } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../ingest/property-runs.ts";
import { checkSimulation, lateSimulation } from "./simulate.ts";

test("Silver is the same when slices, feeds and files come late, whatever crashes", async () => {
  const property = fc.asyncProperty(lateSimulation, async (what) => {
    await checkSimulation(what);
  });
  await fc.assert(property, propertyRuns(500));
});
