import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Rows } from "../../src/operators/batch.ts";
import type { Operator } from "../../src/operators/operator.ts";
import { propertyRuns } from "../sources/property-runs.ts";
import { batchOf, openOperator, type Row, rowsOf } from "./operator-harness.ts";

export interface StatelessCase<V, W> {
  readonly operator: () => Operator<Rows<V>, Rows<W>>;
  readonly value: fc.Arbitrary<V>;
  /** What the operator makes of each row by itself, as the specification says. */
  readonly each: (row: Row<V>) => readonly Row<W>[];
  /** The operator with a function of the user's which throws. */
  readonly throwing: () => Operator<Rows<V>, Rows<W>>;
}

/** What holds for every operator that looks at one row at a time. */
export function statelessSuite<V, W>(name: string, spec: StatelessCase<V, W>): void {
  const row: fc.Arbitrary<Row<V>> = fc.record(
    {
      key: fc.string({ maxLength: 4 }),
      value: spec.value,
      at: fc.integer({ min: -1000, max: 1000 }),
    },
    { noNullPrototype: true },
  );
  const pushAll = (batches: readonly (readonly Row<V>[])[]): Row<W>[] => {
    const harness = openOperator(spec.operator());
    return batches.flatMap((rows) => harness.push("input", batchOf(rows)).flatMap(rowsOf));
  };

  describe(`${name}, as an operator on single rows`, () => {
    it("emits nothing and does not end while nothing comes", () => {
      const harness = openOperator(spec.operator());
      assert.deepEqual(harness.take(), []);
      assert.deepEqual(harness.end(), []);
    });

    it("completes when its input does", () => {
      assert.equal(openOperator(spec.operator()).complete(), true);
    });

    it("makes no rows of an empty batch", () => {
      assert.deepEqual(pushAll([[]]), []);
    });

    it("treats one row, or many in any order of time, each by itself", () => {
      fc.assert(
        fc.property(fc.array(row), (rows) => {
          assert.deepEqual(pushAll([rows]), rows.flatMap(spec.each));
        }),
        propertyRuns(100),
      );
    });

    it("emits the same rows however they are cut into batches", () => {
      fc.assert(
        fc.property(fc.array(fc.array(row)), (batches) => {
          assert.deepEqual(pushAll(batches), batches.flat().flatMap(spec.each));
        }),
        propertyRuns(50),
      );
    });

    it("hands what a function throws to the subscriber, and is dead afterwards", () => {
      const harness = openOperator(spec.throwing());
      const batch = batchOf(fc.sample(row, { numRuns: 1, seed: 1 }));
      assert.throws(() => harness.push("input", batch), /thrown by the user/);
      assert.throws(() => harness.push("input", batch), /thrown by the user/);
      assert.deepEqual(harness.take(), []);
    });

    it("works again when it is opened anew after an error", () => {
      const harness = openOperator(spec.throwing());
      const batch = batchOf(fc.sample(row, { numRuns: 1, seed: 1 }));
      assert.throws(() => harness.push("input", batch));
      harness.rollback();
      assert.deepEqual(harness.push("input", batchOf<V>([])).flatMap(rowsOf), []);
    });
  });
}

export const throwing = (): never => {
  throw new Error("thrown by the user");
};
