import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { propertyRuns } from "../ingest/property-runs.ts";
import { differences, distinct } from "./contents.ts";
import { Maintenance } from "./maintenance.ts";
import { inOrderSimulation, lateSimulation, plainResult, type Simulation } from "./simulate.ts";
import { memoryTables } from "./tables.ts";
import { World } from "./world.ts";

const simulation = fc.oneof(inOrderSimulation, lateSimulation);
const share = fc.double({ min: 0, max: 1, noNaN: true });

/** The tables of two generations hold what one would have brought. */
async function mustBePlain(world: World, { scenario }: Simulation): Promise<void> {
  const { contents } = await plainResult(scenario);
  const { hits } = await world.toEnd();
  const different = differences(distinct(contents), distinct(await world.contents()));
  assert.deepEqual(different, [], hits.join("\n"));
}

test("after a reset everything comes once more, and is the same", async () => {
  const property = fc.asyncProperty(simulation, share, async (what, before) => {
    const world = new World(what.scenario, what.run, memoryTables());
    await world.upTo(before);
    await new Maintenance(world).reset("earliest");
    await mustBePlain(world, what);
  });
  await fc.assert(property, propertyRuns(60));
});

test("from a savepoint everything after it comes once more, and is the same", async () => {
  const property = fc.asyncProperty(simulation, share, share, async (what, one, other) => {
    const world = new World(what.scenario, what.run, memoryTables());
    const maintenance = new Maintenance(world);
    await world.upTo(Math.min(one, other));
    await maintenance.savepoint("early");
    await world.upTo(Math.max(one, other));
    await maintenance.restore("early");
    await mustBePlain(world, what);
  });
  await fc.assert(property, propertyRuns(60));
});

test("the state of a savepoint shared out is what the rows one by one would have given", async () => {
  const property = fc.asyncProperty(
    inOrderSimulation,
    share,
    fc.constantFrom(1, 2, 3, 5),
    async (what, before, partitions) => {
      const world = new World(what.scenario, what.run, memoryTables());
      await world.upTo(before);
      await new Maintenance(world).rescale("one", partitions);
      await world.upTo(before);
      const direct = new World(what.scenario, { ...what.run, partitions }, memoryTables());
      await direct.upTo(before);
      assert.deepEqual(world.state(), direct.state());
    },
  );
  await fc.assert(property, propertyRuns(60));
});
