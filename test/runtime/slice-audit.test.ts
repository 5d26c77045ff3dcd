import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EndedSlices } from "../../src/runtime/ended-slices.ts";
import { SliceAudit } from "../../src/runtime/slice-audit.ts";
import { WATERMARK } from "../../src/runtime/slice-tracker.ts";
import { oneRow } from "../sources/log-records.ts";
import { propertyRuns } from "../sources/property-runs.ts";

const endOf = (rows: number, attempt = 1, sliceMs = 1000) => ({
  ...{ sliceMs, attempt, from: "in", rows, missing: [] },
});

/** A batch of so many records, which may end a slice. */
const batch = (length: number, control: ReturnType<typeof endOf> | null = null) => ({
  ...oneRow({ topic: "in" }, new Uint8Array(0), { control }),
  ...{ length, firstOffset: 0, nextOffset: length },
});

test("as many ends differ as say something else than was read since the end before, but for the first", () => {
  const slice = fc.record({ read: fc.array(fc.nat(5), { minLength: 1 }), said: fc.nat(20) });
  fc.assert(
    fc.property(fc.array(slice, { minLength: 1 }), (slices) => {
      const audit = new SliceAudit();
      for (const { read, said } of slices) {
        for (const [at, length] of read.entries()) {
          audit.take(batch(length, at === read.length - 1 ? endOf(said) : null));
        }
      }
      const isEqual = slices
        .slice(1)
        .map(({ read, said }) => read.reduce((sum, length) => sum + length, 0) === said);
      const ok = isEqual.filter(Boolean).length;
      assert.deepEqual(audit.found, { ok, differs: isEqual.length - ok });
    }),
    propertyRuns(100),
  );
});

test("a watermark ends no slice, and after a new beginning the first end proves nothing", () => {
  const audit = new SliceAudit();
  audit.take(batch(1, endOf(7)));
  audit.take(batch(2, endOf(0, WATERMARK)));
  audit.take(batch(1, endOf(3)));
  assert.deepEqual(audit.found, { ok: 1, differs: 0 });
  audit.clear();
  audit.take(batch(1, endOf(9)));
  assert.deepEqual(audit.found, { ok: 0, differs: 0 });
});

test("rows are of the slice that ends after them, unless it has been re-opened", () => {
  const ended = new EndedSlices();
  ended.add(3, null);
  ended.add(2, endOf(0, 1, 1000));
  ended.add(4, endOf(0, 2, 1000));
  ended.add(1, endOf(0, WATERMARK, 5000));
  ended.add(6, endOf(0, 1, 2000));
  ended.add(9, null);
  assert.deepEqual(ended.take(), [
    { sliceMs: 1000, rows: 5 },
    { sliceMs: 2000, rows: 6 },
  ]);
  ended.add(1, endOf(0, 1, 3000));
  assert.deepEqual(ended.take(), [{ sliceMs: 3000, rows: 10 }]);
});
