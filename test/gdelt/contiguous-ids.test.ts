import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { idsAreContiguous } from "../../src/gdelt/contiguous-ids.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const contiguous = (text: string) => idsAreContiguous(Buffer.from(text));

describe("idsAreContiguous", () => {
  test("no rows, one row and ids one after the other have no gap", () => {
    for (const text of [
      "",
      "7\ta\n",
      "7",
      "9\ta\n10\tb\n11\tc\n",
      "1300278538\tx\n1300278539\ty",
    ]) {
      assert.equal(contiguous(text), true, JSON.stringify(text));
    }
  });

  test("a gap, a repetition, another order and a row without an id are told", () => {
    for (const text of [
      "7\ta\n9\tb\n",
      "7\ta\n7\tb\n",
      "8\ta\n7\tb\n",
      "7\ta\n\n8\tb\n",
      "x\ty\n",
    ]) {
      assert.equal(contiguous(text), false, JSON.stringify(text));
    }
  });

  test("agrees with the ids read as numbers", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 2_000_000_000 }),
        fc.array(fc.constantFrom(1, 1, 1, 1, 0, 2, -1), { maxLength: 6 }),
        fc.boolean(),
        (first, steps, ended) => {
          const ids = [first];
          for (const step of steps) ids.push(ids.at(-1)! + step);
          const positive = ids.map(Math.abs);
          const text =
            positive.map((id) => `${id}\t${id + 5}\trow`).join("\n") + (ended ? "\n" : "");
          const expected = positive.every((id, i) => i === 0 || id === positive[i - 1]! + 1);
          assert.equal(contiguous(text), expected, text);
        },
      ),
      propertyRuns(500),
    );
  });
});
