import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { feedRecords, splitRows } from "../../src/ingest/feed-rows.ts";
import { murmur2 } from "../../src/record/hash.ts";
import type { Records } from "../../src/record/record-batch.ts";
import { propertyRuns } from "./property-runs.ts";

const SLICE_MS = Date.UTC(2015, 1, 18, 23);

const lines = (text: string): string[] => {
  const bytes = Buffer.from(text, "latin1");
  const { length, starts, ends } = splitRows(bytes);
  return Array.from({ length }, (_, i) => bytes.toString("latin1", starts[i], ends[i]));
};

const rowText = ({ bytes, starts, ends }: Records, i: number): string =>
  Buffer.from(bytes.subarray(starts[i], ends[i])).toString("latin1");

const records = (text: string, options: { partitions: number; keyColumn?: number }) =>
  feedRecords({
    topic: "gdelt.mentions",
    keyColumn: 0,
    ...options,
    bytes: Buffer.from(text, "latin1"),
    sliceMs: SLICE_MS,
    headers: { feed: "mentions", file: "a.CSV", slice: "20150218230000" },
    endOf: (rows) => ({ sliceMs: SLICE_MS, attempt: 1, from: "mentions", rows, missing: [] }),
  });

describe("splitRows", () => {
  test("the last row may lack its newline, empty lines at the end are no rows", () => {
    assert.deepEqual(lines(""), []);
    assert.deepEqual(lines("a"), ["a"]);
    assert.deepEqual(lines("a\nb\n"), ["a", "b"]);
    assert.deepEqual(lines("a\nb"), ["a", "b"]);
    assert.deepEqual(lines("a\nb\n\n\n"), ["a", "b"]);
    assert.deepEqual(lines("\n"), []);
  });

  test("empty lines before a row are rows, a carriage return stays", () => {
    assert.deepEqual(lines("\na\n\nb\r\n"), ["", "a", "", "b\r"]);
  });

  test("is what splitting the text at its newlines gives", () => {
    const bytes = fc.string({ unit: fc.constantFrom("a", "\t", "\n", "\n", "é"), maxLength: 400 });
    fc.assert(
      fc.property(bytes, (text) => {
        const expected = text.split("\n");
        while (expected.at(-1) === "") expected.pop();
        assert.deepEqual(lines(text), expected);
      }),
      propertyRuns(300),
    );
  });
});

describe("feedRecords", () => {
  test("puts every row, in the file's order, where Kafka's partitioner puts its key", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "b", "7", ":", "é"), maxLength: 9 });
    const row = fc.array(cell, { minLength: 1, maxLength: 5 }).map((cells) => cells.join("\t"));
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        (rows, partitions, keyColumn) => {
          while (rows.at(-1) === "") rows.pop();
          const sent = records(rows.join("\n"), { partitions, keyColumn });
          assert.equal(sent.rows, rows.length);
          const expected = Array.from({ length: partitions }, (): [number, string, string][] => []);
          rows.forEach((text, ordinal) => {
            const key = Buffer.from(text.split("\t")[keyColumn] ?? text, "latin1");
            const hash = murmur2(key, 0, key.length) & 0x7fffffff;
            expected[hash % partitions]!.push([ordinal, text, key.toString("latin1")]);
          });
          const found = Array.from({ length: partitions }, (): [number, string, string][] => []);
          for (const each of sent.records) {
            for (let i = 0; i < each.length; i++) {
              const key = rowText({ ...each, ...each.keys! }, i);
              found[each.partition]!.push([each.ordinals![i]!, rowText(each, i), key]);
              assert.equal(each.timestampsMs[i], SLICE_MS);
            }
          }
          assert.deepEqual(found, expected);
        },
      ),
      propertyRuns(200),
    );
  });

  test("each partition ends with one marker which counts its rows, also an empty partition", () => {
    const { records: sent } = records("1\n2\n3\n", { partitions: 8 });
    const markers = sent.filter(({ control }) => control !== null);
    assert.deepEqual(
      markers.map(({ partition }) => partition),
      [0, 1, 2, 3, 4, 5, 6, 7],
    );
    for (const { partition, control } of markers) {
      const rows = sent.filter((each) => each.partition === partition);
      const count = rows.reduce((sum, { length }) => sum + length, 0);
      assert.equal(control?.rows, count);
    }
    const empty = records("", { partitions: 2 });
    assert.deepEqual(
      empty.records.map(({ length, control }) => [length, control?.rows]),
      [
        [0, 0],
        [0, 0],
      ],
    );
  });

  test("cuts at a megabyte, only the last piece has the marker, and nothing is copied", () => {
    const row = `${"x".repeat(300_000)}`;
    const huge = "y".repeat(2_000_000);
    const text = [row, row, row, row, huge, row].join("\n");
    const { records: sent } = records(text, { partitions: 1 });
    assert.deepEqual(
      sent.map(({ length, control }) => [length, control?.rows ?? null]),
      [
        [3, null],
        [1, null],
        [1, null],
        [1, 6],
      ],
    );
    for (const { bytes } of sent) assert.equal(bytes, sent[0]!.bytes);
  });
});
