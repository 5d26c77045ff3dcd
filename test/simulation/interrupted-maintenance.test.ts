import assert from "node:assert/strict";
import { test } from "node:test";
import type { Intercept } from "../../src/testing/intercepted-log.ts";
import { differences, distinct } from "./contents.ts";
import { Crashed } from "./faults.ts";
import { Maintenance } from "./maintenance.ts";
import { plainResult } from "./simulate.ts";
import { SMALL } from "./small.ts";
import { memoryTables } from "./tables.ts";
import { World } from "./world.ts";

/** Dies at a call, before or after it is carried out; `calls` counts them. */
function dyingAt(call: number, isAfter: boolean): { intercept: Intercept; calls: () => number } {
  let calls = 0;
  const intercept: Intercept = async (name, work) => {
    if (calls++ < call) return await work();
    if (calls === call + 1 && isAfter) await work();
    throw new Crashed(`died at call ${call}, ${name}`);
  };
  return { intercept, calls: () => calls };
}

type Work = (maintenance: Maintenance, intercept?: Intercept) => Promise<void>;

const WORKS: Readonly<Record<string, Work>> = {
  reset: (maintenance, intercept) => maintenance.reset("earliest", intercept),
  "a rescale to more": (maintenance, intercept) => maintenance.rescale("more", 3, intercept),
  "a rescale to fewer": (maintenance, intercept) => maintenance.rescale("fewer", 1, intercept),
};

for (const [name, work] of Object.entries(WORKS)) {
  test(`${name}, interrupted at any call, is done again`, async () => {
    const expected = distinct((await plainResult(SMALL.scenario)).contents);
    let lastCall = Number.POSITIVE_INFINITY;
    let interrupted = 0;
    for (let call = 0; call < lastCall; call++) {
      for (const isAfter of [false, true]) {
        const world = new World(SMALL.scenario, SMALL.run, memoryTables());
        await world.upTo(0.5);
        const maintenance = new Maintenance(world);
        const { intercept, calls } = dyingAt(call, isAfter);
        try {
          await work(maintenance, intercept);
          lastCall = calls();
          continue;
        } catch (error) {
          if (!(error instanceof Crashed)) throw error;
          interrupted++;
        }
        await again(maintenance, work, call);
        await world.toEnd();
        const found = distinct(await world.contents());
        assert.deepEqual(differences(expected, found), [], `call ${call}, after: ${isAfter}`);
      }
    }
    assert.ok(interrupted > 50, `only ${interrupted} calls`);
  });
}

/** Where the new generation had begun, a rescale says that its savepoint is of the one before. */
async function again(maintenance: Maintenance, work: Work, call: number): Promise<void> {
  try {
    await work(maintenance);
  } catch (error) {
    assert.match((error as Error).message, /is of generation 1, and simulated is at 2/, `${call}`);
  }
}
