import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { eventColumns } from "../../src/gdelt/columns.ts";
import { eventAt, eventProblem, parseEvent } from "../../src/gdelt/parse-event.ts";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { camelCase, naiveValue } from "./naive-values.ts";
import { sampleBytes, sampleRows, withoutSamples } from "./samples.ts";

const FILES = [
  "real/20241022130000.export.CSV.zip",
  "real/20241022131500.export.CSV.zip",
  "real/20241022133000.export.CSV.zip",
  "real/20241022134500.export.CSV.zip",
  "real/20241022140000.export.CSV.zip",
  "real/20241022143000.export.CSV.zip",
  "joined/gdeltv2/20150218230000.export.CSV.zip",
  "real/20150218224500.translation.export.first100.CSV",
];

const LINE = [
  "1300278538\t20241022\t202410\t2024\t2024.8027\tFRA\tFRANCE\tFRA\t\t\t\t\t\t\t",
  "DEU\tGERMANY\tDEU\t\t\t\t\t\t\t\t1\t040\t040\t04\t1\t1.0\t5\t1\t5\t2.4",
  "1\tFrance\tFR\tFR\t\t46\t2\tFR\t1\tGermany\tGM\tGM\t\t51.5\t10.5\tGM",
  "4\tBerlin, Berlin, Germany\tGM\tGM16\t16538\t52.5167\t13.4\t-1746443",
  "20241022131500\thttps://example.org/berlin",
].join("\t");

describe("GdeltEvent", () => {
  test("a line is an object with a property of its real type per column", () => {
    const event = parseEvent(Buffer.from(LINE));
    assert.equal(event.globalEventId, 1_300_278_538);
    assert.deepEqual(event.eventDate, new Date("2024-10-22T00:00:00Z"));
    assert.deepEqual(event.dateAdded, new Date("2024-10-22T13:15:00Z"));
    assert.equal(event.eventCode, "040");
    assert.equal(event.goldsteinScale, 1);
    assert.equal(event.actor1Type1Code, null);
    assert.equal(event.actionGeoFullname, "Berlin, Berlin, Germany");
    assert.equal(event.actionGeoLat, 52.5167);
    assert.equal(event.sourceUrl, "https://example.org/berlin");
  });

  for (const file of FILES) {
    test(`${file}: no row is bad, every value is that of a naive parse`, {
      skip: withoutSamples,
    }, () => {
      const rows = new TsvRows(eventColumns.length);
      rows.load(sampleRows(file));
      const lines = sampleBytes(file).toString().split("\n");
      assert.ok(rows.length >= 100);
      for (let row = 0; row < rows.length; row++) {
        assert.equal(eventProblem(rows, row), null);
        const event = eventAt(rows, row) as unknown as Record<string, unknown>;
        const fields = lines[row]!.split("\t");
        const texts = eventColumns.map(({ index }) => rows.text(row, index) ?? "");
        assert.equal(texts.join("\t"), lines[row]);
        for (const column of eventColumns) {
          const expected = naiveValue(column, fields[column.index]!);
          assert.deepEqual(event[camelCase(column.snakeName)], expected, column.name);
        }
      }
    });
  }
});
