import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseExtras, parseTranslation } from "../../src/gdelt/gkg-extras.ts";
import { gkgAt } from "../../src/gdelt/parse-gkg.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { RecordError } from "../../src/record/errors.ts";
import { sampleRows, withoutSamples } from "./samples.ts";

const extras = (xml: string) => parseExtras(Buffer.from(xml), 0, Buffer.byteLength(xml));
const translation = (text: string) => parseTranslation(Buffer.from(text), 0, text.length);

const NOTHING = {
  links: [],
  authors: [],
  publishedAt: null,
  title: null,
  ampUrl: null,
  mobileUrl: null,
};

describe("GKG extras", () => {
  test("an empty field says nothing", () => {
    assert.deepEqual(extras(""), NOTHING);
    assert.equal(translation(""), null);
  });

  test("every element is found, in any order", () => {
    assert.deepEqual(
      extras(
        "<PAGE_LINKS>http://a.example/?x=1&y=2;http://b.example/</PAGE_LINKS>" +
          "<PAGE_AUTHORS>Ann Example;Bob Example</PAGE_AUTHORS>" +
          "<PAGE_PRECISEPUBTIMESTAMP>20230702150100</PAGE_PRECISEPUBTIMESTAMP>" +
          "<PAGE_ALTURL_AMP>http://a.example/amp</PAGE_ALTURL_AMP>" +
          "<PAGE_ALTURL_MOBILE>http://m.a.example/</PAGE_ALTURL_MOBILE>" +
          "<PAGE_TITLE>Two dead</PAGE_TITLE>",
      ),
      {
        links: ["http://a.example/?x=1&y=2", "http://b.example/"],
        authors: ["Ann Example", "Bob Example"],
        publishedAt: new Date("2023-07-02T15:01:00Z"),
        title: "Two dead",
        ampUrl: "http://a.example/amp",
        mobileUrl: "http://m.a.example/",
      },
    );
  });

  test("entities are characters, and a lone & stays", () => {
    const { title, authors } = extras(
      "<PAGE_TITLE>S&P &#x2013; &#8220;up&#8221; &amp; &lt;away&gt; " +
        "&unknown; &#x110000;</PAGE_TITLE>" +
        "<PAGE_AUTHORS>Cond&#xE9; Nast;Bob</PAGE_AUTHORS>",
    );
    assert.equal(title, "S&P \u2013 \u201cup\u201d & <away> &unknown; &#x110000;");
    assert.deepEqual(authors, ["Condé Nast", "Bob"]);
  });

  test("what is cut off or no time is a RecordError", () => {
    assert.throws(() => extras("<PAGE_TITLE>Two"), RecordError);
    assert.throws(
      () => extras("<PAGE_PRECISEPUBTIMESTAMP>20231302150100</PAGE_PRECISEPUBTIMESTAMP>"),
      RecordError,
    );
  });

  test("a translation names its language and engine", () => {
    assert.deepEqual(
      translation("srclc:fra;eng:Moses 2.1.1 / MosesCore Europarl fr-en / GT-FRA 1.0"),
      {
        sourceLanguage: "fra",
        engine: "Moses 2.1.1 / MosesCore Europarl fr-en / GT-FRA 1.0",
      },
    );
    assert.deepEqual(translation("other"), { sourceLanguage: null, engine: null });
  });

  test("every page of a real slice has its title, half of them a time", {
    skip: withoutSamples,
  }, () => {
    const rows = new TsvRows(27);
    rows.load(sampleRows("real/20230702153000.gkg.csv.zip"));
    let titles = 0;
    let times = 0;
    for (let row = 0; row < rows.length; row++) {
      const { title, publishedAt } = gkgAt(rows, row).extras;
      if (title !== null && !/&#x?[0-9a-f]+;/i.test(title)) titles++;
      if (publishedAt !== null) times++;
    }
    assert.equal(titles, 951);
    assert.equal(times, 460);
  });
});
