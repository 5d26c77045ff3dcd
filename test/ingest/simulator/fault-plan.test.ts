import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { ENGLISH_FEEDS, TRANSLATION_FEEDS } from "../../../src/gdelt/feeds.ts";
import {
  type FaultSpec,
  type FileFault,
  faultPlan,
  SLICES_LATER_MAX,
} from "../../../src/ingest/simulator/fault-plan.ts";
import { FAULT_KINDS, parseFaultRates } from "../../../src/ingest/simulator/fault-rates.ts";
import { propertyRuns } from "../property-runs.ts";

const SLICES = 3000;

function faultsOf(spec: FaultSpec, slices: number): FileFault[] {
  return Array.from({ length: slices }, (_, n) => [...faultPlan(spec, n).values()]).flat();
}

function within(value: number, low: number, high: number, what: string): void {
  assert(value >= low && value <= high, `${what}: ${value} is not within ${low} and ${high}`);
}

describe("the plan of faults", () => {
  test("is the same for the same seed and slice, and another for another", () => {
    const spec = { seed: 4, rates: parseFaultRates("all=0.05"), slices: null };
    const plans = (of: FaultSpec) => Array.from({ length: 50 }, (_, n) => faultPlan(of, n));
    assert.deepEqual(plans(spec), plans(spec));
    assert.notDeepEqual(plans({ ...spec, seed: 5 }), plans(spec));
  });

  test("has each kind at its rate, in every feed", () => {
    const spec = { seed: 1, rates: parseFaultRates("all=0.04"), slices: null };
    const counts = new Map<string, number>();
    for (let slice = 0; slice < SLICES; slice++) {
      for (const [feed, { kind }] of faultPlan(spec, slice)) {
        const key = `${kind} of ${feed}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
    }
    for (const { name, kind: ofFeed } of [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS]) {
      for (const kind of FAULT_KINDS) {
        const key = `${kind} of ${name}`;
        const none = kind === "collapsed" && ofFeed !== "gkg";
        if (none) assert.equal(counts.get(key), undefined);
        else within((counts.get(key) ?? 0) / SLICES, 0.027, 0.053, key);
      }
    }
  });

  test("has all of a slice missing as often as a part of one", () => {
    const spec = { seed: 1, rates: { missing: 0.1 }, slices: null };
    let whole = 0;
    let files = 0;
    for (let slice = 0; slice < SLICES; slice++) {
      const plan = faultPlan(spec, slice);
      const missing = ENGLISH_FEEDS.filter(({ name }) => plan.get(name)?.kind === "missing");
      files += missing.length;
      whole += Number(missing.length === ENGLISH_FEEDS.length);
    }
    within(whole / SLICES, 0.035, 0.065, "slices without a file");
    within(files / SLICES / 3, 0.08, 0.12, "missing files");
  });

  for (const kind of FAULT_KINDS) {
    test(`has nothing but ${kind} when its rate is 1`, () => {
      const faults = faultsOf({ seed: 2, rates: { [kind]: 1 }, slices: null }, 20);
      assert.equal(faults.length, 20 * (kind === "collapsed" ? 2 : 6));
      for (const fault of faults) assert.equal(fault.kind, kind);
    });
  }

  test("has every form of a fault", () => {
    const faults = faultsOf({ seed: 2, rates: parseFaultRates("all=0.09"), slices: null }, 500);
    const forms = new Set(
      faults.map((fault) => {
        if (fault.kind === "flaky") return `flaky ${fault.how}`;
        if (fault.kind === "late") return `late ${fault.listedAtOnce}`;
        if (fault.kind === "truncated") return `truncated ${fault.slicesLater === null}`;
        return fault.kind;
      }),
    );
    for (const form of [
      ...["flaky 500", "flaky 503", "flaky reset", "flaky slow", "late true", "late false"],
      ...["truncated true", "truncated false"],
    ]) {
      assert(forms.has(form), form);
    }
  });

  test("is that of no rates: empty", () => {
    assert.deepEqual(faultsOf({ seed: 2, rates: {}, slices: null }, 50), []);
  });

  test("puts everything right before the run ends", () => {
    const spec = fc.record({
      seed: fc.nat(1e9),
      rates: fc.constant(parseFaultRates("late=0.4,truncated=0.3,bad-md5=0.3")),
      slices: fc.integer({ min: 1, max: 12 }),
    });
    fc.assert(
      fc.property(spec, (of) => {
        for (let slice = 0; slice < of.slices; slice++) {
          for (const fault of faultPlan(of, slice).values()) {
            if (!("slicesLater" in fault) || fault.slicesLater === null) continue;
            assert(fault.slicesLater >= 1 && fault.slicesLater <= SLICES_LATER_MAX);
            assert(slice + fault.slicesLater < of.slices, `slice ${slice} of ${of.slices}`);
          }
        }
      }),
      propertyRuns(200),
    );
  });
});
