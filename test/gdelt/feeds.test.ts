import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  ENGLISH_FEEDS,
  feedNamed,
  parseSliceFileName,
  parseStamp,
  sliceFileName,
  stampOf,
  TRANSLATION_FEEDS,
} from "../../src/gdelt/feeds.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { propertyRuns } from "../ingest/property-runs.ts";

const ALL = [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS];
const secondsOf4DigitYears = fc
  .integer({ min: Date.UTC(1900, 0) / 1000, max: Date.UTC(9999, 11, 31, 23, 59, 59) / 1000 })
  .map((seconds) => seconds * 1000);

describe("feeds", () => {
  test("the six feeds have GDELT's columns, keys and topics", () => {
    assert.deepEqual(
      ALL.map(({ name, topic, columns, keyColumn }) => [name, topic, columns, keyColumn]),
      [
        ["events", "gdelt.events", 61, 0],
        ["mentions", "gdelt.mentions", 16, 5],
        ["gkg", "gdelt.gkg", 27, 4],
        ["events.translation", "gdelt.events", 61, 0],
        ["mentions.translation", "gdelt.mentions", 16, 5],
        ["gkg.translation", "gdelt.gkg", 27, 4],
      ],
    );
  });

  test("file names are spelled as GDELT spells them", () => {
    const sliceMs = Date.UTC(2015, 1, 18, 23);
    assert.deepEqual(
      ALL.map((feed) => sliceFileName(feed, sliceMs, { zipped: true })),
      [
        "20150218230000.export.CSV.zip",
        "20150218230000.mentions.CSV.zip",
        "20150218230000.gkg.csv.zip",
        "20150218230000.translation.export.CSV.zip",
        "20150218230000.translation.mentions.CSV.zip",
        "20150218230000.translation.gkg.csv.zip",
      ],
    );
  });

  test("a file name of any feed, time and case reads back as what it was made of", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ALL),
        secondsOf4DigitYears,
        fc.boolean(),
        fc.constantFrom("as is", "upper", "lower"),
        (feed, sliceMs, zipped, spelling) => {
          const name = sliceFileName(feed, sliceMs, { zipped });
          const spelled =
            spelling === "upper"
              ? name.toUpperCase()
              : spelling === "lower"
                ? name.toLowerCase()
                : name;
          assert.deepEqual(parseSliceFileName(spelled), {
            feed: feed.name,
            stamp: stampOf(sliceMs),
            sliceMs,
            zipped,
          });
        },
      ),
      propertyRuns(200),
    );
  });

  test("names which are no slice's file are refused", () => {
    const refused = [
      "",
      "masterfilelist.txt",
      "20150218230000.csv",
      "20150218230000.export.CSV.gz",
      "20150218230000.export.CSV.zip.part",
      "20150218224500.translation.export.first100.CSV",
      "2015021823000.export.CSV",
      "20150218230000export.CSV",
      "20150229230000.export.CSV.zip",
      "x20150218230000.export.CSV",
    ];
    for (const name of refused) assert.equal(parseSliceFileName(name), null, name);
  });

  test("a stamp must be a time that exists", () => {
    assert.equal(parseStamp("20150218230000"), Date.UTC(2015, 1, 18, 23));
    assert.equal(parseStamp("20160229000000"), Date.UTC(2016, 1, 29));
    const impossible = [
      "20150229000000",
      "20150431000000",
      "20151301000000",
      "20150100000000",
      "20150101240000",
      "20150101006000",
      "20150101000060",
      "2015010100000",
      "201501010000000",
      " 2015010100000",
      "2015-1-0100000",
    ];
    for (const stamp of impossible) assert.equal(parseStamp(stamp), null, stamp);
  });

  test("a time that is no whole second or has no 4-digit year has no stamp", () => {
    assert.throws(() => stampOf(Date.UTC(2015, 1) + 1), /not the time of a slice/);
    assert.throws(() => stampOf(8.64e15), /not the time of a slice/);
    assert.throws(() => stampOf(Date.UTC(12015, 1)), /does not fit/);
  });

  test("an unknown feed is the operator's error and names the known ones", () => {
    assert.equal(feedNamed("gkg.translation").keyColumn, 4);
    assert.throws(
      () => feedNamed("export"),
      (error) => error instanceof ConfigError && /"export".*events, mentions/.test(error.message),
    );
  });
});
