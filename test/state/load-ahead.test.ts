import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loadAhead } from "../../src/state/load-ahead.ts";
import { propertyRuns } from "../sources/property-runs.ts";

const bounds = { bytesOf: (bytes: number) => bytes, bytesMax: 100, itemsMax: 3 };

test("items come in their order, and never more at once than the bounds say", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(120)), fc.scheduler(), async (items, scheduler) => {
      const held = new Set<number>();
      const load = async (at: number) => {
        held.add(at);
        const bytes = [...held].reduce((sum, each) => sum + items[each]!, 0);
        assert.ok(held.size === 1 || (held.size <= 3 && bytes <= 100), `${[...held]}`);
        await scheduler.schedule(Promise.resolve());
        return at;
      };
      const indexes = items.map((_, at) => at);
      const taken: number[] = [];
      const take = async () => {
        const bytesOf = (at: number) => items[at]!;
        for await (const at of loadAhead(indexes, load, { ...bounds, bytesOf })) {
          held.delete(at);
          taken.push(at);
        }
      };
      await scheduler.waitFor(take());
      assert.deepEqual(taken, indexes);
    }),
    propertyRuns(100),
  );
});

test("while one is waited for, the next are already loading", async () => {
  const begun: number[] = [];
  const load = async (item: number) => {
    begun.push(item);
    return item;
  };
  const loads = loadAhead([1, 2, 3, 4, 5], load, bounds);
  await loads.next();
  assert.deepEqual(begun, [1, 2, 3]);
  await loads.next();
  assert.deepEqual(begun, [1, 2, 3, 4]);
});

test("a failure comes in its turn, and is nobody's when the turn does not come", async () => {
  const load = async (item: number) => {
    if (item === 2) throw new Error("away");
    return item;
  };
  const loads = loadAhead([1, 2, 3], load, bounds);
  assert.deepEqual(await loads.next(), { value: 1, done: false });
  await assert.rejects(loads.next(), /away/);
  for await (const item of loadAhead([1, 2, 3], load, bounds)) if (item === 1) break;
});
