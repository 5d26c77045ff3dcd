import assert from "node:assert/strict";
import path from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import { type SentenceInput, sentence, TONE_NEUTRAL_BELOW } from "../../src/gdelt/sentence.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const NOTHING: SentenceInput = {
  actor1Name: null,
  actor1CountryCode: null,
  actor1TypeCode: null,
  actor2Name: null,
  actor2CountryCode: null,
  actor2TypeCode: null,
  eventCode: null,
  place: null,
  leadSource: null,
  sourceCount: 0,
  tone: null,
  themes: [],
};

const FULL: SentenceInput = {
  ...NOTHING,
  actor1Name: "FRANCE",
  actor2Name: "GERMANY",
  eventCode: "040",
  place: "Berlin, Berlin, Germany",
  leadSource: "bbc.co.uk",
  sourceCount: 5,
  tone: 2.4,
  themes: ["PEACE_TALKS", "DIPLOMACY"],
};

const CASES: Readonly<Record<string, SentenceInput>> = {
  "all is known": FULL,
  "nothing is known": NOTHING,
  "no mention yet": { ...FULL, leadSource: null, sourceCount: 0, tone: null, themes: [] },
  "no first actor": { ...FULL, actor1Name: null },
  "no second actor": { ...FULL, actor2Name: null },
  "no actor": { ...FULL, actor1Name: null, actor2Name: null },
  "no second actor, a verb that needs one": { ...FULL, actor2Name: null, eventCode: "111" },
  "no first actor, an assault": { ...FULL, actor1Name: null, eventCode: "182" },
  "no place": { ...FULL, place: null },
  "no tone": { ...FULL, tone: null },
  "no themes": { ...FULL, themes: [] },
  "one theme": { ...FULL, themes: ["ELECTION"] },
  "four themes": { ...FULL, themes: ["A", "B", "C", "D"] },
  "one source": { ...FULL, sourceCount: 1 },
  "two sources": { ...FULL, sourceCount: 2 },
  "sources without a name": { ...FULL, leadSource: null },
  "a single source without a name": { ...FULL, leadSource: null, sourceCount: 1 },
  "mentions without any source": { ...FULL, leadSource: null, sourceCount: 0 },
  "themes only": { ...FULL, leadSource: null, sourceCount: 0, tone: null },
  "negative tone": { ...FULL, tone: -3.45911949685534 },
  "neutral tone above zero": { ...FULL, tone: 0.94 },
  "neutral tone below zero": { ...FULL, tone: -0.94 },
  "tone that rounds to the threshold": { ...FULL, tone: 0.96 },
  "tone zero": { ...FULL, tone: 0 },
  "tone that rounds to zero": { ...FULL, tone: -0.04 },
  "tone at the threshold": { ...FULL, tone: 1 },
  "tone at the lower threshold": { ...FULL, tone: -1 },
  "tone of two digits": { ...FULL, tone: -12.96 },
  "government by its codes": {
    ...FULL,
    actor1Name: null,
    actor1CountryCode: "FRA",
    actor1TypeCode: "GOV",
  },
  "police by their codes": {
    ...FULL,
    actor1Name: null,
    actor1CountryCode: "KEN",
    actor1TypeCode: "COP",
  },
  "country by its code": { ...FULL, actor2Name: null, actor2CountryCode: "NLD" },
  "rebels of no country": { ...FULL, actor2Name: null, actor2TypeCode: "REB", eventCode: "190" },
  "codes that say nothing": { ...FULL, actor2Name: null, actor2TypeCode: "QQQ" },
  "names go before codes": { ...FULL, actor1CountryCode: "USA", actor1TypeCode: "GOV" },
  "general district": { ...FULL, place: "Paris, France (general), France" },
  "coded district": { ...FULL, place: "Phnom Penh, (Cb11), Cambodia" },
  "district of its own name": { ...FULL, place: "Phoenix, Arizona, United States" },
  "country alone": { ...FULL, place: "Iran" },
  "country with an article": { ...FULL, place: "United States" },
  "country inverted": { ...FULL, place: "Bahamas, The" },
  "republic inverted": { ...FULL, place: "Vietnam, Republic Of" },
  "country twice": { ...FULL, place: "Georgia, , Georgia" },
  "nothing but a note": { ...FULL, place: "(general)" },
  "unknown event code": { ...FULL, eventCode: "999" },
  "detail of an event": { ...FULL, eventCode: "1411" },
  "letters beyond ASCII": {
    ...FULL,
    actor1Name: "CÔTE D'IVOIRE",
    place: "São Paulo, São Paulo, Brazil",
  },
};

const GOLDEN = path.join(import.meta.dirname, "../golden/sentences.txt");

describe("sentence", () => {
  test("the golden cases read as they did", (context) => {
    const text = Object.entries(CASES)
      .map(([name, input]) => `${name}\n  ${sentence(input)}\n`)
      .join("");
    context.assert.fileSnapshot(text, GOLDEN, { serializers: [(value) => `${value}`] });
  });

  test("the sentence of the design is made of its parts", () => {
    assert.equal(
      sentence(FULL),
      "FRANCE consulted with GERMANY in Berlin, Germany — reported by bbc.co.uk " +
        "and 4 other sources in a positive tone (+2.4), with themes PEACE_TALKS, DIPLOMACY.",
    );
  });

  test("whatever is missing, it is one sentence without holes", () => {
    const maybe = <T>(...values: T[]) => fc.constantFrom(null, ...values);
    const input: fc.Arbitrary<SentenceInput> = fc.record({
      actor1Name: maybe("FRANCE"),
      actor1CountryCode: maybe("FRA", "???"),
      actor1TypeCode: maybe("GOV", "???"),
      actor2Name: maybe("POLICE"),
      actor2CountryCode: maybe("KEN"),
      actor2TypeCode: maybe("COP"),
      eventCode: maybe("040", "111", "1823", "77"),
      place: maybe("Berlin, Berlin, Germany", "Iran", ", "),
      leadSource: maybe("bbc.co.uk"),
      sourceCount: fc.nat(3),
      tone: fc.option(fc.double({ min: -100, max: 100, noNaN: true })),
      themes: fc.array(fc.constantFrom("ELECTION", "TAX_POLICY"), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(input, (facts) => {
        const text = sentence(facts);
        assert.match(text, /^\p{Lu}[^\n]*[^\s.]\.$/u);
        assert.doesNotMatch(text, /null|undefined|NaN| {2}| ,|,,|\(\)/);
        const tone = /in a (\w+) tone \(([+-]?\d+\.\d)\)/.exec(text);
        assert.equal(tone === null, facts.tone === null);
        if (tone === null || facts.tone === null) return;
        assert.ok(Math.abs(Number(tone[2]) - facts.tone) < 0.051);
        assert.equal(tone[1] === "neutral", Math.abs(Number(tone[2])) < TONE_NEUTRAL_BELOW);
      }),
      propertyRuns(500),
    );
  });
});
