import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { mentionColumns } from "../../src/gdelt/columns.ts";
import { mentionAt, mentionProblem, parseMention } from "../../src/gdelt/parse-mention.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { camelCase, naiveValue } from "./naive-values.ts";
import { sampleBytes, sampleRows, withoutSamples } from "./samples.ts";

const FILES = [
  "joined/gdeltv2/20150218230000.mentions.CSV.zip",
  "joined/gdeltv2/20150218234500.mentions.CSV.zip",
  "real/20150218224500.translation.mentions.first100.CSV",
];

const LINE = [
  "410412347\t20150218230000\t20150218231500\t1\tbbc.co.uk\thttp://www.bbc.co.uk/news/1",
  "3\t-1\t120\t98\t1\t70\t2710\t-2.91079812206573\tsrclc:fra;eng:GT-FRA 1.0\t",
].join("\t");

describe("GdeltMention", () => {
  test("a line is an object with a property of its real type per column", () => {
    const mention = parseMention(Buffer.from(LINE));
    assert.equal(mention.globalEventId, 410_412_347);
    assert.deepEqual(mention.eventTime, new Date("2015-02-18T23:00:00Z"));
    assert.deepEqual(mention.mentionTime, new Date("2015-02-18T23:15:00Z"));
    assert.equal(mention.mentionIdentifier, "http://www.bbc.co.uk/news/1");
    assert.equal(mention.actor1CharOffset, -1);
    assert.equal(mention.mentionDocTone, -2.91079812206573);
    assert.equal(mention.translationInfo, "srclc:fra;eng:GT-FRA 1.0");
    assert.equal(mention.extras, null);
  });

  for (const file of FILES) {
    test(`${file}: no row is bad, every value is that of a naive parse`, {
      skip: withoutSamples,
    }, () => {
      const rows = new TsvRows(mentionColumns.length);
      rows.load(sampleRows(file));
      const lines = sampleBytes(file).toString().split("\n");
      assert.ok(rows.length >= 100);
      for (let row = 0; row < rows.length; row++) {
        assert.equal(mentionProblem(rows, row), null);
        const mention = mentionAt(rows, row) as unknown as Record<string, unknown>;
        const fields = lines[row]!.split("\t");
        const texts = mentionColumns.map(({ index }) => rows.text(row, index) ?? "");
        assert.equal(texts.join("\t"), lines[row]);
        for (const column of mentionColumns) {
          const expected = naiveValue(column, fields[column.index]!);
          assert.deepEqual(mention[camelCase(column.snakeName)], expected, column.name);
        }
      }
    });
  }
});
