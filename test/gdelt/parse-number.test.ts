import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { EMPTY, MALFORMED, NumberParser, PARSED } from "../../src/gdelt/parse-number.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const parser = new NumberParser();

type Kind = "int32" | "int64" | "float64" | "date" | "stamp";

/** The value, or the status where there is none. Bytes around the range must not matter. */
function parse(kind: Kind, text: string): number | "empty" | "malformed" {
  const bytes = Buffer.from(`7${text}7`, "latin1");
  const status = parser[kind](bytes, 1, bytes.length - 1);
  if (status === PARSED) return parser.value;
  assert.ok(status === EMPTY || status === MALFORMED);
  return status === EMPTY ? "empty" : "malformed";
}

const KINDS: readonly Kind[] = ["int32", "int64", "float64", "date", "stamp"];

describe("NumberParser", () => {
  test("an empty range is empty, for every kind", () => {
    for (const kind of KINDS) assert.equal(parse(kind, ""), "empty");
  });

  test("a decimal is exactly the double that Number makes of it", () => {
    const digits = (max: number) =>
      fc.string({ unit: fc.constantFrom(..."0123456789"), maxLength: max });
    const decimals = fc
      .tuple(
        fc.constantFrom("", "-"),
        digits(22),
        fc.constantFrom("", "."),
        digits(22),
        fc.oneof(
          fc.constant(""),
          fc.integer({ min: -330, max: 330 }).map((e) => `e${e}`),
          fc.integer({ min: 0, max: 30 }).map((e) => `E+${e}`),
        ),
      )
      .map((parts) => parts.join(""));
    const printed = fc.double({ noNaN: true, noDefaultInfinity: true }).map(String);
    const asGdelt = fc.double({ min: -100, max: 100, noNaN: true }).map((x) => x.toPrecision(15));
    fc.assert(
      fc.property(fc.oneof(decimals, printed, asGdelt), (text) => {
        const isDecimal = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text);
        const value = Number(text);
        const expected =
          text === "" ? "empty" : isDecimal && Number.isFinite(value) ? value : "malformed";
        const found = parse("float64", text);
        assert.ok(Object.is(found, expected), `${text}: ${found}, expected ${expected}`);
      }),
      propertyRuns(2000),
    );
  });

  test("numbers at the edges of the fast path are exact", () => {
    for (const text of [
      "9007199254740991",
      "9007199254740993",
      "900719925474099.3",
      "9007199254740993e-22",
      "1e22",
      "1e23",
      "123456789012345e22",
      "0.1",
      "2.2250738585072014e-308",
      "5e-324",
      "1e-400",
      "1.7976931348623157e308",
      "-0",
      "-0.0",
      "0000000000000000000000001",
      `0.${"0".repeat(400)}1`,
      "1e-9999999999",
    ]) {
      assert.ok(Object.is(parse("float64", text), Number(text)), text);
    }
  });

  test("what is no decimal is malformed", () => {
    for (const text of [
      "x",
      "-",
      ".",
      "-.",
      "1.2.3",
      "1e",
      "1e+",
      "e5",
      "1e5.5",
      "+1",
      " 1",
      "1 ",
      "0x10",
      "1_000",
      "Infinity",
      "NaN",
      "1e999",
      "--1",
      "1-",
      "1,5",
      "\u00b2",
    ]) {
      assert.equal(parse("float64", text), "malformed", text);
    }
  });

  test("whole numbers are what Number makes of them, up to the bounds", () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        assert.equal(parse("int64", String(value)), value);
        const fits = value === Math.trunc(value) && Math.abs(value) < 2 ** 31;
        assert.equal(parse("int32", String(value)), fits ? value : "malformed");
      }),
      propertyRuns(500),
    );
    assert.equal(parse("int32", "2147483647"), 2_147_483_647);
    assert.equal(parse("int32", "-2147483648"), -2_147_483_648);
    assert.equal(parse("int32", "2147483648"), "malformed");
    assert.equal(parse("int64", "9007199254740991"), 9_007_199_254_740_991);
    assert.equal(parse("int64", "9007199254740992"), "malformed");
    assert.equal(parse("int64", "1".repeat(400)), "malformed");
    assert.ok(Object.is(parse("int64", "-0"), 0));
  });

  test("what is no whole number is malformed", () => {
    for (const text of ["-", "1.0", "1e3", "+1", " 1", "1 ", "0x1", "12a", "a12", "--1"]) {
      assert.equal(parse("int64", text), "malformed", text);
      assert.equal(parse("int32", text), "malformed", text);
    }
  });

  test("a date is the number of days that the calendar says, or malformed", () => {
    const two = (n: number) => String(n).padStart(2, "0");
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 9999 }),
        fc.integer({ min: 0, max: 13 }),
        fc.integer({ min: 0, max: 32 }),
        (year, month, day) => {
          const date = new Date(0);
          date.setUTCFullYear(year, month - 1, day);
          const exists = year > 0 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
          const text = String(year).padStart(4, "0") + two(month) + two(day);
          const expected = exists && month > 0 ? date.getTime() / 86_400_000 : "malformed";
          assert.equal(parse("date", text), expected, text);
        },
      ),
      propertyRuns(2000),
    );
    assert.equal(parse("date", "19700101"), 0);
    assert.equal(parse("date", "20240229"), Date.UTC(2024, 1, 29) / 86_400_000);
    for (const text of [
      "20230229",
      "19000229",
      "00000000",
      "2024022",
      "202402299",
      "2024-2-9",
      "2024022x",
    ]) {
      assert.equal(parse("date", text), "malformed", text);
    }
  });

  test("a stamp is the millisecond that it names in UTC, or malformed", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(1900, 0) / 1000, max: Date.UTC(2200, 0) / 1000 }),
        (second) => {
          const stamp = new Date(second * 1000)
            .toISOString()
            .replace(/\D|\.000Z/g, "")
            .slice(0, 14);
          assert.equal(parse("stamp", stamp), second * 1000);
        },
      ),
      propertyRuns(500),
    );
    for (const text of [
      "20240230000000",
      "20240101240000",
      "20240101006000",
      "20240101000060",
      "20240101",
      "2024010100000",
      "202401010000000",
      "2024010100000x",
      "20240101-10000",
    ]) {
      assert.equal(parse("stamp", text), "malformed", text);
    }
  });
});
