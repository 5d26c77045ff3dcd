import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { TsvRows } from "../../src/gdelt/tsv-rows.ts";
import { propertyRuns } from "../ingest/property-runs.ts";
import { rowsOf, sampleRows, withoutSamples } from "./samples.ts";

/** Rows one after the other, with something between them that belongs to none. */
function batchOf(lines: readonly Uint8Array[], between = "") {
  const gap = Buffer.from(between);
  const starts: number[] = [];
  const ends: number[] = [];
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const line of lines) {
    pieces.push(line, gap);
    starts.push(at);
    ends.push(at + line.length);
    at += line.length + gap.length;
  }
  return {
    bytes: new Uint8Array(Buffer.concat(pieces)),
    starts: Int32Array.from(starts),
    ends: Int32Array.from(ends),
    length: lines.length,
  };
}

const fieldsOf = (rows: TsvRows, row: number): string[] =>
  Array.from({ length: rows.columns }, (_, column) =>
    Buffer.from(
      rows.bytes.subarray(rows.fieldStart(row, column), rows.fieldEnd(row, column)),
    ).toString(),
  );

const loaded = (columns: number, lines: readonly string[], between?: string): TsvRows => {
  const rows = new TsvRows(columns);
  rows.load(
    batchOf(
      lines.map((line) => Buffer.from(line)),
      between,
    ),
  );
  return rows;
};

/** Fields of all lengths around the hop, without tabs. */
const field = fc
  .integer({ min: 0, max: 120 })
  .chain((length) => fc.string({ unit: fc.constantFrom("a", "é", ","), maxLength: length }));

describe("TsvRows", () => {
  test("fields are those of a split at tabs, whatever their lengths", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(field, { minLength: 1, maxLength: 9 }), { maxLength: 12 }),
        fc.constantFrom("", "\n", "\t"),
        (lines, between) => {
          const rows = loaded(
            5,
            lines.map((fields) => fields.join("\t")),
            between,
          );
          assert.equal(rows.length, lines.length);
          for (const [row, fields] of lines.entries()) {
            assert.equal(rows.fieldCount(row), fields.length);
            if (fields.length === 5) assert.deepEqual(fieldsOf(rows, row), fields);
          }
        },
      ),
      propertyRuns(300),
    );
  });

  test("a row with too few or too many fields leaves the others as they are", () => {
    const rows = loaded(3, ["a\tb\tc", "a\tb", "a\tb\tc\td", "", "\t\t", "x\ty\tz"], "\n");
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((row) => rows.fieldCount(row)),
      [3, 2, 4, 1, 3, 3],
    );
    assert.deepEqual(fieldsOf(rows, 0), ["a", "b", "c"]);
    assert.deepEqual(fieldsOf(rows, 4), ["", "", ""]);
    assert.deepEqual(fieldsOf(rows, 5), ["x", "y", "z"]);
  });

  test("fields which a short row lacks are empty", () => {
    const rows = loaded(4, ["a\tb", "c\td\te\tf"]);
    assert.equal(rows.text(0, 1), "b");
    assert.equal(rows.text(0, 2), null);
    assert.equal(rows.text(0, 3), null);
  });

  test("a batch of long rows without a tab is searched once, not once per row", () => {
    const lines = Array.from({ length: 60_000 }, () => "x".repeat(100));
    const startedMs = performance.now();
    const rows = loaded(2, lines);
    assert.equal(rows.fieldCount(59_999), 1);
    // Searched once per row it takes many seconds.
    assert.ok(performance.now() - startedMs < 1000);
  });

  test("text is null for an empty field and decoded otherwise", () => {
    const rows = loaded(3, ["é\t\tz"]);
    assert.deepEqual([rows.text(0, 0), rows.text(0, 1), rows.text(0, 2)], ["é", null, "z"]);
  });

  test("a second batch replaces the first in the same tables", () => {
    const rows = loaded(2, ["a\tb", "c\td"]);
    rows.load(batchOf([Buffer.from("longer\tthan before")]));
    assert.equal(rows.length, 1);
    assert.deepEqual(fieldsOf(rows, 0), ["longer", "than before"]);
  });

  test("a steady flow of batches allocates next to nothing", () => {
    const batch = batchOf(Array.from({ length: 500 }, () => Buffer.from("a\tb\tc\td")));
    const rows = new TsvRows(4);
    for (let i = 0; i < 200; i++) rows.load(batch);
    const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 1000; i++) rows.load(batch);
    const grown = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before;
    // A table per batch would be 12 MB.
    assert.ok(grown < 4_000_000, `${grown} bytes`);
  });

  test("invalid UTF-8 is blamed on its own row and field only", () => {
    const rows = new TsvRows(2);
    rows.load(
      batchOf([Buffer.from("é\tb"), Buffer.from("c\t\xff", "latin1"), Buffer.from("e\tf")]),
    );
    assert.deepEqual(
      [0, 1, 2].map((row) => rows.isUtf8Row(row)),
      [true, false, true],
    );
    assert.deepEqual([rows.isUtf8Field(1, 0), rows.isUtf8Field(1, 1)], [true, false]);
  });

  test("a character cut in two by the end of a row makes both rows invalid", () => {
    const [lead, rest] = [Buffer.from([0x61, 9, 0xc3]), Buffer.from([0xa9, 9, 0x62])];
    const rows = new TsvRows(2);
    rows.load(batchOf([lead, rest]));
    assert.deepEqual([rows.isUtf8Row(0), rows.isUtf8Row(1)], [false, false]);
  });

  test("every field of a real GKG slice is where a split puts it", { skip: withoutSamples }, () => {
    const batch = sampleRows("real/20230702153000.gkg.csv.zip");
    const rows = new TsvRows(27);
    rows.load(batch);
    const lines = Buffer.from(batch.bytes).toString().split("\n");
    for (let row = 0; row < batch.length; row++) {
      assert.deepEqual(fieldsOf(rows, row), lines[row]!.split("\t"));
    }
  });

  test("rows of a file are found without their newline", () => {
    const batch = rowsOf(Buffer.from("a\tb\nc\td"));
    const rows = new TsvRows(2);
    rows.load(batch);
    assert.deepEqual([rows.rowStart(1), rows.rowEnd(1)], [4, 7]);
  });
});
