import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { feedNamed, SLICE_MS, sliceFileName } from "../../../src/gdelt/feeds.ts";
import { ListScanner } from "../../../src/ingest/feed/list-scanner.ts";
import { type ListedFile, parseListLine } from "../../../src/ingest/feed/listed-file.ts";
import { propertyRuns } from "../property-runs.ts";

const START_MS = Date.UTC(2015, 1, 18, 23);
const MD5 = "297a16b493de7cf6ca809a7cc31d0b93";

const line = (slice: number, feed = "events"): string => {
  const name = sliceFileName(feedNamed(feed), START_MS + slice * SLICE_MS, { zipped: true });
  return `150383 ${MD5} http://data.gdeltproject.org/gdeltv2/${name}`;
};

describe("parseListLine", () => {
  test("reads GDELT's lines, of any feed", () => {
    const address = "http://data.gdeltproject.org/gdeltv2/20150218230000.translation.gkg.csv.zip";
    assert.deepEqual(parseListLine(`10768507 ${MD5.toUpperCase()} ${address}\r`), {
      feed: "gkg.translation",
      sliceMs: START_MS,
      name: "20150218230000.translation.gkg.csv.zip",
      bytes: 10_768_507,
      checksum: MD5,
    });
  });

  test("what names no zip of a slice is no line", () => {
    const good = line(0);
    for (const bad of [
      "",
      "<html>",
      good.replace("150383 ", ""),
      good.replace(MD5, "abc"),
      good.replace(".zip", ""),
      good.replace(".export.", ".exports."),
      good.replace("20150218230000", "20150218230500"),
      good.replace("20150218230000", "20150231230000"),
      good.replace("150383", "-1"),
      `${good} more`,
    ]) {
      assert.equal(parseListLine(bad), null, bad);
    }
  });
});

/** All of a list at once, read as lines. */
function scanNaively(text: string, fromMs: number, toMs: number) {
  const lines = text.split("\n").filter((each) => each !== "");
  const files = lines.map(parseListLine);
  const inRange = files.filter((file) => file && file.sliceMs >= fromMs && file.sliceMs <= toMs);
  const after = files.flatMap((file) => (file && file.sliceMs > toMs ? [file.sliceMs] : []));
  return { files: inRange, nextMs: after.length > 0 ? Math.min(...after) : null };
}

function scan(text: string, range: { fromMs: number; toMs: number }, pieces: readonly number[]) {
  const files: ListedFile[] = [];
  const scanner = new ListScanner(range, false, (file) => files.push(file));
  const bytes = Buffer.from(text);
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = pieces[i % pieces.length]!;
    scanner.write(bytes.subarray(at, at + size));
    at += size;
  }
  scanner.end();
  return { files, nextMs: scanner.nextMs, scanner };
}

describe("ListScanner", () => {
  test("finds what a reader of lines finds, in whatever pieces the list comes", () => {
    const listLine = fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(fc.nat(40), fc.constantFrom("events", "gkg")).map((of) => line(...of)),
      },
      fc.constantFrom("", "no line", `${line(3)} more`, line(4).replace(MD5, "x"), "a/b/c"),
    );
    fc.assert(
      fc.property(
        fc.array(listLine, { maxLength: 60 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        fc.nat(40),
        fc.nat(20),
        fc.boolean(),
        (lines, pieces, from, length, ended) => {
          const text = lines.join("\n") + (ended ? "\n" : "");
          const range = {
            fromMs: START_MS + from * SLICE_MS,
            toMs: START_MS + (from + length) * SLICE_MS,
          };
          const { files, nextMs } = scan(text, range, pieces);
          assert.deepEqual({ files, nextMs }, scanNaively(text, range.fromMs, range.toMs));
        },
      ),
      propertyRuns(500),
    );
  });

  test("counts the lines that are none, and passes over one without an end", () => {
    const range = { fromMs: START_MS, toMs: START_MS };
    const text = `no line\n${line(0).replace(MD5, "x")}\n${"x".repeat(50_000)}\n${line(0)}\n`;
    const { files, scanner } = scan(text, range, [1000]);
    assert.equal(files.length, 1);
    assert.equal(scanner.badLines, 2);
  });

  test("leaves out the first line of a part of a list", () => {
    const files: ListedFile[] = [];
    const range = { fromMs: 0, toMs: START_MS + 9 * SLICE_MS };
    const scanner = new ListScanner(range, true, (file) => files.push(file));
    scanner.write(Buffer.from(`${line(1).slice(30)}\n${line(2)}\n`));
    scanner.end();
    assert.deepEqual(
      files.map(({ sliceMs }) => sliceMs),
      [START_MS + 2 * SLICE_MS],
    );
  });

  test("knows whether a part begins before the range, also if a late line comes first", () => {
    const begins = (first: readonly number[], from: number) => {
      const range = { fromMs: START_MS + from * SLICE_MS, toMs: START_MS + 1000 * SLICE_MS };
      const scanner = new ListScanner(range, false, () => {});
      for (const slice of first) scanner.write(Buffer.from(`${line(slice)}\n`));
      return [scanner.hasBegun, scanner.beginsBeforeRange];
    };
    const ascending = Array.from({ length: 64 }, (_, slice) => 100 + slice);
    assert.deepEqual(begins(ascending.slice(0, 63), 90), [false, false]);
    assert.deepEqual(begins(ascending, 90), [true, false]);
    assert.deepEqual(begins([1, ...ascending], 90), [true, false]);
    assert.deepEqual(begins(ascending, 170), [true, true]);
  });
});
