import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULT_KINDS, parseFaultRates } from "../../../src/ingest/simulator/fault-rates.ts";
import { ConfigError } from "../../../src/record/errors.ts";

describe("fault rates", () => {
  test("are one for each kind that is named", () => {
    assert.deepEqual(parseFaultRates("missing=0.05, late=0.1"), { missing: 0.05, late: 0.1 });
  });

  test("are the same for all kinds, but for those named later", () => {
    const rates = parseFaultRates("all=0.03,html=0");
    assert.deepEqual(Object.keys(rates).sort(), [...FAULT_KINDS].sort());
    for (const kind of FAULT_KINDS) assert.equal(rates[kind], kind === "html" ? 0 : 0.03);
  });

  test("of all without a rate are small ones", () => {
    const rates = Object.values(parseFaultRates("all"));
    assert.equal(rates.length, FAULT_KINDS.length);
    for (const rate of rates) assert(rate > 0 && rate < 0.05);
  });

  for (const [text, complaint] of [
    ["", /"" is none of all, missing, listed-404/],
    ["lost=0.1", /"lost" is none of all, missing, listed-404/],
    ["late", /late takes a rate from 0 to 1, as late=0.05 does, not ""/],
    ["late=", /late takes a rate/],
    ["all=", /all takes a rate/],
    ["late=2", /late takes a rate from 0 to 1, .* not "2"/],
    ["late=-0.1", /late takes a rate/],
    ["late=x", /late takes a rate .* not "x"/],
    ["late=0.6,html=0.5", /rates add up to 1.100/],
    ["all=0.1", /rates add up to 1.100/],
  ] as const) {
    test(`"${text}" is refused, with the reason`, () => {
      assert.throws(
        () => parseFaultRates(text),
        (error: unknown) => {
          assert(error instanceof ConfigError);
          assert.match(error.message, /^--faults: /);
          assert.match(error.message, complaint);
          return true;
        },
      );
    });
  }
});
