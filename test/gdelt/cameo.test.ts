import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { actorWords, eventPhrase, quadClassName, withArticle } from "../../src/gdelt/cameo.ts";
import { CAMEO_COUNTRIES } from "../../src/gdelt/cameo-countries.ts";
import { CAMEO_VERBS } from "../../src/gdelt/cameo-verbs.ts";
import { EVENT } from "../../src/gdelt/columns.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { sampleRows, withoutSamples } from "./samples.ts";

describe("CAMEO", () => {
  test("all twenty roots have a phrase, a base and only details of their own", () => {
    const codes = Object.keys(CAMEO_VERBS);
    assert.equal(codes.filter((code) => code.length === 2).length, 20);
    for (const code of codes) {
      assert.match(code, /^\d{2,4}$/);
      if (code.length > 2) assert.ok(code.slice(0, -1) in CAMEO_VERBS, code);
    }
    for (let root = 1; root <= 20; root++) {
      assert.ok(`${String(root).padStart(2, "0")}0` in CAMEO_VERBS || root === 20);
    }
  });

  test("every phrase reads as a verb without and with an object", () => {
    for (const verb of Object.values(CAMEO_VERBS)) {
      assert.match(verb, /^[a-z][a-z, -]*[a-z](\| [a-z]+)?$/);
    }
  });

  test("an unknown detail is its base, an unknown base its root, the rest an interaction", () => {
    assert.equal(eventPhrase("0439").withObject, eventPhrase("043").withObject);
    assert.equal(eventPhrase("199").withObject, "fought with");
    assert.equal(eventPhrase("99").withObject, "interacted with");
    assert.equal(eventPhrase("").alone, "interacted");
    assert.equal(eventPhrase(null).alone, "interacted");
  });

  test("leading zeros make the code", () => {
    assert.equal(eventPhrase("010").withObject, "made a statement to");
    assert.equal(eventPhrase("10").withObject, "made demands of");
  });

  test("without an object the preposition goes, or someone comes", () => {
    assert.equal(eventPhrase("040").alone, "consulted");
    assert.equal(eventPhrase("111").alone, "criticized or denounced someone");
  });

  test("codes of actors become words", () => {
    assert.equal(actorWords("GOV", "FRA"), "the government of France");
    assert.equal(actorWords("COP", "KEN"), "police in Kenya");
    assert.equal(actorWords("MIL", "USA"), "the military of the United States");
    assert.equal(actorWords("REB", null), "rebels");
    assert.equal(actorWords(null, "NLD"), "the Netherlands");
    assert.equal(actorWords("???", "DEU"), "Germany");
    assert.equal(actorWords("GOV", "???"), "the government");
    assert.equal(actorWords(null, null), null);
  });

  test("country codes are three letters, each with a name", () => {
    assert.ok(CAMEO_COUNTRIES.size >= 250);
    for (const [code, name] of CAMEO_COUNTRIES) {
      assert.match(code, /^[A-Z]{3}$/);
      assert.match(name, /^(the )?\p{Lu}[\p{L}. -]+$/u, code);
    }
    assert.equal(withArticle("Netherlands"), "the Netherlands");
    assert.equal(withArticle("France"), "France");
  });

  test("quad classes are four", () => {
    assert.deepEqual([0, 1, 2, 3, 4, 5].map(quadClassName), [
      null,
      "verbal cooperation",
      "material cooperation",
      "verbal conflict",
      "material conflict",
      null,
    ]);
  });

  test("every code in real events has a phrase or a name of its own", {
    skip: withoutSamples,
  }, () => {
    for (const file of ["joined/gdeltv2/20150218230000", "real/20241022131500"]) {
      const rows = new TsvRows(61);
      rows.load(sampleRows(`${file}.export.CSV.zip`));
      for (let row = 0; row < rows.length; row++) {
        const code = rows.text(row, EVENT.EventCode)!;
        assert.ok(code in CAMEO_VERBS, code);
        for (const column of [EVENT.Actor1CountryCode, EVENT.Actor2CountryCode]) {
          const country = rows.text(row, column);
          assert.ok(country === null || CAMEO_COUNTRIES.has(country), `${country}`);
        }
      }
    }
  });
});
