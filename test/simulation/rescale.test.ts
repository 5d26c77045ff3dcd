import { test } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../ingest/property-runs.ts";
import { Maintenance } from "./maintenance.ts";
import {
  checkEqual,
  inOrderSimulation,
  lateSimulation,
  plainResult,
  type Simulation,
} from "./simulate.ts";
import { memoryTables } from "./tables.ts";
import { World } from "./world.ts";

/** After a share of the visits, on to another number of partitions. */
interface Step {
  readonly share: number;
  readonly partitions: number;
}

const steps: fc.Arbitrary<Step[]> = fc
  .array(
    fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      partitions: fc.constantFrom(1, 2, 3, 5),
    }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) => all.toSorted((a, b) => a.share - b.share));

async function checkRescaled({ scenario, run }: Simulation, through: readonly Step[]) {
  const expected = await plainResult(scenario);
  const world = new World(scenario, run, memoryTables());
  const maintenance = new Maintenance(world);
  for (const [i, { share, partitions }] of through.entries()) {
    await world.upTo(share);
    await maintenance.rescale(`step-${i}`, partitions);
  }
  const outcome = await world.toEnd();
  await checkEqual(expected, { outcome, contents: await world.contents() });
}

test("Silver is the same whatever numbers of partitions it went through", async () => {
  const simulation = fc.oneof(inOrderSimulation, lateSimulation);
  const property = fc.asyncProperty(simulation, steps, checkRescaled);
  await fc.assert(property, propertyRuns(150));
});
