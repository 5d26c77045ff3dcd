import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { StateMemory } from "../../src/state/state-memory.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const BYTES_MAX = 1000;

const holder = fc.nat(4);
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.tuple(holder, fc.nat(1500)) },
    { weight: 1, arbitrary: fc.tuple(holder, fc.constant(null)) },
  ),
  { maxLength: 40 },
);

test("when all have been asked they hold together no more than there is, and nobody less for others' sake", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const memory = new StateMemory(BYTES_MAX);
      const holders = Array.from({ length: 5 }, () => ({}));
      const held = new Map<object, number>();
      for (const [who, bytes] of script) {
        const holder = holders[who]!;
        if (bytes === null) {
          memory.forget(holder);
          held.delete(holder);
          continue;
        }
        const others = [...held].reduce((sum, [of, its]) => sum + (of === holder ? 0 : its), 0);
        const kept = memory.keep(holder, bytes);
        held.set(holder, kept);
        assert.ok(kept <= bytes);
        // It gives up nothing while there is enough, and never more than what is over an equal part.
        if (others + bytes <= BYTES_MAX) assert.equal(kept, bytes);
        assert.ok(kept >= Math.min(bytes, BYTES_MAX / held.size));
      }
      for (const [holder, bytes] of held) held.set(holder, memory.keep(holder, bytes));
      const total = [...held.values()].reduce((sum, bytes) => sum + bytes, 0);
      assert.ok(Math.abs(memory.total - total) < 1e-6);
      assert.ok(total <= BYTES_MAX + 1e-6, `${total} bytes`);
    }),
    propertyRuns(500),
  );
});
