import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GKG, gkgColumns } from "../../src/gdelt/columns.ts";
import { type GdeltGkg, gkgAt, gkgProblem, parseGkg } from "../../src/gdelt/parse-gkg.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { RecordError } from "../../src/record/errors.ts";
import { camelCase, naiveValue } from "./naive-values.ts";
import { sampleBytes, sampleRows, withoutSamples } from "./samples.ts";

const FILES = [
  "real/20150218230000.gkg.first50.csv",
  "real/20230702153000.gkg.csv.zip",
  "real/20150218224500.translation.gkg.first100.csv",
];

/** A field as it was, from what its parser made of it: nothing may be lost on the way. */
function rewritten(gkg: GdeltGkg, column: number, raw: string): string {
  const end = raw.endsWith(";") ? ";" : "";
  const names = (list: GdeltGkg["v2Themes"]) =>
    list.map(({ name, offset }) => `${name},${offset}`).join(";") + end;
  switch (column) {
    case GKG.Themes:
      return gkg.themes.join(";") + end;
    case GKG.Persons:
      return gkg.persons.join(";") + end;
    case GKG.Organizations:
      return gkg.organizations.join(";") + end;
    case GKG.V2Themes:
      return names(gkg.v2Themes);
    case GKG.V2Persons:
      return names(gkg.v2Persons);
    case GKG.V2Organizations:
      return names(gkg.v2Organizations);
    case GKG.AllNames:
      return names(gkg.allNames);
    case GKG.RelatedImages:
      return gkg.relatedImages.join(";") + end;
    case GKG.SocialImageEmbeds:
      return gkg.socialImageEmbeds.join(";") + end;
    case GKG.SocialVideoEmbeds:
      return gkg.socialVideoEmbeds.join(";") + end;
    case GKG.Quotations:
      return gkg.quotations
        .map(({ offset, length, verb, quote }) => `${offset}|${length}|${verb}|${quote}`)
        .join("#");
    case GKG.Dates:
      return (
        gkg.dates.map((d) => [d.resolution, d.month, d.day, d.year, d.offset].join("#")).join(";") +
        end
      );
    case GKG.TranslationInfo:
      return `srclc:${gkg.translationInfo?.sourceLanguage};eng:${gkg.translationInfo?.engine}`;
    default:
      return raw;
  }
}

describe("GdeltGkg", () => {
  test("a line is an object whose lists are parsed when they are read", () => {
    const fields = gkgColumns.map(() => "");
    fields[GKG.GKGRECORDID] = "20150218230000-7";
    fields[GKG.DATE] = "20150218230000";
    fields[GKG.DocumentIdentifier] = "http://example.org/";
    fields[GKG.V2Themes] = "PEACE_TALKS,12;DIPLOMACY,40;";
    fields[GKG.V2Tone] = "2.5,4,1.5,5.5,20,1,300";
    fields[GKG.Dates] = "not a date";
    const gkg = parseGkg(Buffer.from(fields.join("\t")));
    assert.equal(gkg.gkgRecordId, "20150218230000-7");
    assert.deepEqual(gkg.date, new Date("2015-02-18T23:00:00Z"));
    assert.equal(gkg.sourceCommonName, null);
    assert.deepEqual(gkg.v2Themes, [
      { name: "PEACE_TALKS", offset: 12 },
      { name: "DIPLOMACY", offset: 40 },
    ]);
    assert.equal(gkg.v2Tone?.tone, 2.5);
    assert.equal(gkg.v2Tone?.wordCount, 300);
    assert.deepEqual(gkg.persons, []);
    assert.throws(() => gkg.dates, RecordError);
  });

  for (const file of FILES) {
    test(`${file}: no row is bad, no field loses anything`, { skip: withoutSamples }, () => {
      const rows = new TsvRows(gkgColumns.length);
      rows.load(sampleRows(file));
      const lines = sampleBytes(file).toString().split("\n");
      assert.ok(rows.length >= 50);
      for (let row = 0; row < rows.length; row++) {
        assert.equal(gkgProblem(rows, row), null);
        const texts = gkgColumns.map(({ index }) => rows.text(row, index) ?? "");
        assert.equal(texts.join("\t"), lines[row]);
        const gkg = gkgAt(rows, row);
        for (const column of gkgColumns) {
          const raw = texts[column.index]!;
          const found = (gkg as unknown as Record<string, unknown>)[camelCase(column.snakeName)];
          const expected = naiveValue(column, raw);
          if (expected !== undefined) assert.deepEqual(found, expected, column.name);
          if (raw === "") continue;
          // Days and months are sometimes written with a zero in front, which a number has not.
          const plain = column.type === "dates" ? raw.replace(/#0(?=\d)/g, "#") : raw;
          assert.equal(rewritten(gkg, column.index, raw), plain, column.name);
        }
      }
    });
  }
});
