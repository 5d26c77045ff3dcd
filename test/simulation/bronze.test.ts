import assert from "node:assert/strict";
import { test } from "node:test";
import { FAULT_KINDS } from "./faults.ts";
import { checkSimulation } from "./simulate.ts";
import { SMALL } from "./small.ts";
import { deltaTables } from "./tables.ts";

test("every published row is in Bronze once, at whatever call a run fails", async () => {
  const what = { ...SMALL, run: { ...SMALL.run, partitions: 1 } };
  const { outcome } = await checkSimulation(what, { tables: deltaTables() });
  assert(outcome.published["gkg"]! > 0 && outcome.calls > 300, "a run with something in it");
  for (let gap = 0; gap < outcome.calls; gap++) {
    // Each call in one of the ways; the other tests of a commit try all of them.
    const faults = [{ gap, kind: FAULT_KINDS[gap % FAULT_KINDS.length]! }];
    const run = { ...what.run, faults };
    const disturbed = await checkSimulation({ ...what, run }, { tables: deltaTables() });
    assert.equal(disturbed.outcome.hits.length, 1);
  }
});
