import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { KeyIndex } from "../../src/state/key-index.ts";
import { propertyRuns } from "../sources/property-runs.ts";

const words = fc.tuple(
  fc.constantFrom(0, -1, 5, 0x7fffffff, -0x80000000),
  fc.integer({ min: -20, max: 60 }),
);

test("a key index equals a map after any sets and removes", () => {
  const changes = fc.array(fc.tuple(words, fc.option(fc.nat(1000), { nil: null, freq: 3 })), {
    maxLength: 800,
    size: "max",
  });
  fc.assert(
    fc.property(changes, (script) => {
      const index = new KeyIndex();
      const model = new Map<string, number>();
      for (const [[high, low], position] of script) {
        if (position === null) {
          index.remove(high, low);
          model.delete(`${high}/${low}`);
        } else {
          index.set(high, low, position);
          model.set(`${high}/${low}`, position);
        }
        assert.equal(index.size, model.size);
      }
      for (const [[high, low]] of script) {
        assert.equal(index.get(high, low), model.get(`${high}/${low}`) ?? -1);
      }
      const positions: number[] = [];
      index.forEach((position) => {
        positions.push(position);
      });
      assert.deepEqual(positions.sort(), [...model.values()].sort());
    }),
    propertyRuns(100),
  );
});

test("a key index that is filled and emptied again and again does not grow", () => {
  const index = new KeyIndex();
  for (let round = 0; round < 1000; round++) {
    for (let key = 0; key < 5; key++) index.set(round, key, key);
    for (let key = 0; key < 5; key++) index.remove(round, key);
  }
  assert.equal(index.size, 0);
  assert.ok(index.bytes <= 64 * 12, `${index.bytes} bytes`);
});
