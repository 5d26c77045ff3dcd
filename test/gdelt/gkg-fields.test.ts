import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as Gkg from "../../src/gdelt/gkg-fields.ts";
import { gkgAt } from "../../src/gdelt/parse-gkg.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { RecordError } from "../../src/record/errors.ts";
import { sampleRows, withoutSamples } from "./samples.ts";

type Parse<T> = (bytes: Uint8Array, start: number, end: number) => T;

/** Parses a field that lies in the middle of other bytes. */
function parsed<T>(parse: Parse<T>, field: string): T {
  const bytes = Buffer.from(`;${field};`);
  return parse(new Uint8Array(bytes), 1, bytes.length - 1);
}

const KANSAS = {
  type: 2,
  fullname: "Kansas, United States",
  countryCode: "US",
  adm1Code: "USKS",
  lat: 38.5111,
  long: -96.8005,
  featureId: "KS",
};

describe("GKG fields", () => {
  test("an empty field is an empty list", () => {
    for (const parse of [
      Gkg.parseNames,
      Gkg.parseOffsetNames,
      Gkg.parseLocations,
      Gkg.parseOffsetLocations,
      Gkg.parseCounts,
      Gkg.parseOffsetCounts,
      Gkg.parseDates,
      Gkg.parseQuotations,
      Gkg.parseAmounts,
    ]) {
      assert.deepEqual(parsed<unknown>(parse, ""), []);
    }
    assert.equal(parsed(Gkg.parseTone, ""), null);
    assert.equal(parsed(Gkg.parseGcam, "").size, 0);
  });

  test("a list with and without a delimiter at its end is the same", () => {
    assert.deepEqual(parsed(Gkg.parseNames, "A;B"), ["A", "B"]);
    assert.deepEqual(parsed(Gkg.parseNames, "A;B;"), ["A", "B"]);
  });

  test("a name and its offset part at the last comma", () => {
    assert.deepEqual(parsed(Gkg.parseOffsetNames, "Sammy Davis, Jr.,120;José,7;"), [
      { name: "Sammy Davis, Jr.", offset: 120 },
      { name: "José", offset: 7 },
    ]);
    assert.deepEqual(parsed(Gkg.parseOffsetNames, "Nobody"), [{ name: "Nobody", offset: null }]);
    assert.throws(() => parsed(Gkg.parseOffsetNames, "A,x"), RecordError);
  });

  test("locations of both versions have their parts by name", () => {
    assert.deepEqual(
      parsed(Gkg.parseLocations, "2#Kansas, United States#US#USKS#38.5111#-96.8005#KS;"),
      [KANSAS],
    );
    assert.deepEqual(
      parsed(
        Gkg.parseOffsetLocations,
        "2#Kansas, United States#US#USKS#KS045#38.5111#-96.8005#KS#625",
      ),
      [{ ...KANSAS, adm2Code: "KS045", offset: 625 }],
    );
    assert.throws(() => parsed(Gkg.parseLocations, "2#Kansas#US"), RecordError);
  });

  test("cut-up coordinates, which GDELT has published, are null and spare the other parts", () => {
    const georgia = {
      type: 0,
      fullname: "Georgia, , Georgia",
      countryCode: "GG",
      adm1Code: "GG",
      lat: null,
      long: null,
      featureId: "GG",
    };
    assert.deepEqual(parsed(Gkg.parseLocations, "0#Georgia, , Georgia#GG#GG#42#.5#1#GG"), [
      georgia,
    ]);
    assert.deepEqual(
      parsed(Gkg.parseOffsetLocations, "0#Georgia, , Georgia#GG#GG##42#.5#1#GG#402"),
      [{ ...georgia, adm2Code: "", offset: 402 }],
    );
  });

  test("counts have an offset in the second version only", () => {
    const count = { type: "KILL", count: 6, object: "of them", place: KANSAS };
    const field = "KILL#6#of them#2#Kansas, United States#US#USKS#38.5111#-96.8005#KS";
    assert.deepEqual(parsed(Gkg.parseCounts, field), [{ ...count, offset: null }]);
    assert.deepEqual(parsed(Gkg.parseOffsetCounts, `${field}#22;`), [{ ...count, offset: 22 }]);
  });

  test("tone is seven numbers by name", () => {
    assert.deepEqual(parsed(Gkg.parseTone, "-5.9,1.3,7.3,8.7,23.5,2.6,613"), {
      tone: -5.9,
      positive: 1.3,
      negative: 7.3,
      polarity: 8.7,
      activityReferenceDensity: 23.5,
      selfGroupReferenceDensity: 2.6,
      wordCount: 613,
    });
    assert.throws(() => parsed(Gkg.parseTone, "1,2,3,4,5,6"), RecordError);
  });

  test("dates are divided by #, as the data has it", () => {
    assert.deepEqual(parsed(Gkg.parseDates, "4#7#02#0#12;"), [
      { resolution: 4, month: 7, day: 2, year: 0, offset: 12 },
    ]);
    assert.throws(() => parsed(Gkg.parseDates, "4,7,2,0,12"), RecordError);
  });

  test("GCAM scores are numbers by dimension, exponents included", () => {
    assert.deepEqual(
      [...parsed(Gkg.parseGcam, "wc:125,c2.21:4,v42.1:-1.2e-05")],
      [
        ["wc", 125],
        ["c2.21", 4],
        ["v42.1", -0.000012],
      ],
    );
  });

  test("a quotation keeps a # and a | of its own", () => {
    assert.deepEqual(parsed(Gkg.parseQuotations, "538|33|said|We are #1 | really#60|4||Yes!"), [
      { offset: 538, length: 33, verb: "said", quote: "We are #1 | really" },
      { offset: 60, length: 4, verb: "", quote: "Yes!" },
    ]);
  });

  test("the object of an amount lies between the first comma and the last", () => {
    assert.deepEqual(parsed(Gkg.parseAmounts, "3,of the wounded, they said,5;1000000.5,,9;"), [
      { amount: 3, object: "of the wounded, they said", offset: 5 },
      { amount: 1_000_000.5, object: "", offset: 9 },
    ]);
    assert.throws(() => parsed(Gkg.parseAmounts, "3,5"), RecordError);
  });

  test("places, counts, tones, scores and amounts of a real slice read back as published", {
    skip: withoutSamples,
  }, () => {
    const rows = new TsvRows(27);
    rows.load(sampleRows("real/20230702153000.gkg.csv.zip"));
    const same = (found: readonly unknown[], raw: string | null, delimiter: string) =>
      assert.deepEqual(found, (raw ?? "").split(delimiter).filter(Boolean).map(numbers));
    // Numbers as they print, since 5.0 and 05 are 5.
    const numbers = (text: string) =>
      text.replace(
        /(?<=[#,:]|^)-?\d+(\.\d+)?(e-?\d+)?(?=[#,]|$)/g,
        (digits) => `${Number(digits)}`,
      );
    for (let row = 0; row < rows.length; row++) {
      const gkg = gkgAt(rows, row);
      const place = (p: Gkg.Place) => [p.type, p.fullname, p.countryCode, p.adm1Code].join("#");
      const point = (p: Gkg.Place) => [p.lat, p.long, p.featureId].join("#");
      const cut = (text: string | null) => text?.replace(/#42#\.5#1#GG/g, "###GG") ?? null;
      same(
        gkg.locations.map((p) => numbers(`${place(p)}#${point(p)}`)),
        cut(rows.text(row, 9)),
        ";",
      );
      same(
        gkg.v2Locations.map((p) => numbers(`${place(p)}#${p.adm2Code}#${point(p)}#${p.offset}`)),
        cut(rows.text(row, 10)),
        ";",
      );
      same(
        gkg.v2Counts.map(({ type, count, object, place: p, offset }) =>
          numbers(`${type}#${count}#${object}#${place(p)}#${point(p)}#${offset}`),
        ),
        rows.text(row, 6),
        ";",
      );
      same(
        gkg.amounts.map(({ amount, object, offset }) => numbers(`${amount},${object},${offset}`)),
        rows.text(row, 24),
        ";",
      );
      same(
        [...gkg.gcam].map(([name, score]) => `${name}:${score}`),
        rows.text(row, 17),
        ",",
      );
      same(Object.values(gkg.v2Tone ?? {}).map(String), rows.text(row, 15), ",");
    }
  });
});
