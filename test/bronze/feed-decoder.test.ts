import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Schema } from "apache-arrow";
import fc from "fast-check";
import { feedDecoder } from "../../src/bronze/feed-decoder.ts";
import {
  BRONZE_INDEXED_COLUMNS,
  bronzeEventsSchema,
  bronzeGkgSchema,
  bronzeMentionsSchema,
} from "../../src/gdelt/bronze-schema.ts";
import { eventColumns, gkgColumns, mentionColumns } from "../../src/gdelt/columns.ts";
import type { RecordBatch } from "../../src/record/record-batch.ts";
import { sampleRows, withoutSamples } from "../gdelt/samples.ts";
import { propertyRuns } from "../ingest/property-runs.ts";
import { joined, readBack } from "./read-back.ts";

const FEEDS = {
  events: { schema: bronzeEventsSchema, columns: eventColumns },
  mentions: { schema: bronzeMentionsSchema, columns: mentionColumns },
  gkg: { schema: bronzeGkgSchema, columns: gkgColumns },
} as const;
const COLUMNS = mentionColumns.length;
const decodeMentions = feedDecoder(bronzeMentionsSchema);

const HEADERS = { feed: "mentions", slice: "20150218230000", file: "20150218230000.mentions.CSV" };

/** Rows as they come out of a log: one after the other in one buffer, with `between` in the gaps. */
function recordsOf(lines: readonly Uint8Array[], more: Partial<RecordBatch> = {}, between = "") {
  const gap = Buffer.from(between);
  const starts = new Int32Array(lines.length);
  const ends = new Int32Array(lines.length);
  let at = 0;
  for (const [i, line] of lines.entries()) {
    starts[i] = at;
    at += line.length;
    ends[i] = at;
    at += gap.length;
  }
  return {
    topic: "gdelt.mentions",
    partition: 2,
    bytes: new Uint8Array(Buffer.concat(lines.flatMap((line) => [line, gap]))),
    starts,
    ends,
    length: lines.length,
    keys: null,
    timestampsMs: new Float64Array(lines.length),
    ordinals: Int32Array.from(lines, (_, i) => 3 * i),
    headers: HEADERS,
    control: null,
    firstOffset: 70,
    nextOffset: 70 + lines.length,
    ...more,
  } satisfies RecordBatch;
}

const text = fc
  .string({
    unit: fc.constantFrom("a", "é", ",", "\u{1f98a}", "\ufeff", "\u0000", "\r"),
    maxLength: 60,
  })
  .map((value) => Buffer.from(value));
const field = fc.oneof(
  { weight: 3, arbitrary: fc.constant(Buffer.alloc(0)) },
  { weight: 12, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ maxLength: 9 })
      .map((bytes) => Buffer.from(bytes.filter((b) => b !== 9))),
  },
);
const line = fc
  .oneof(
    { weight: 5, arbitrary: fc.array(field, { minLength: COLUMNS, maxLength: COLUMNS }) },
    { weight: 1, arbitrary: fc.array(field, { maxLength: COLUMNS + 3 }) },
  )
  .map(joined);

/** As another would split and check a row. */
function expected(row: Buffer): { columns: (string | null)[]; whole: boolean } {
  const repaired = row.toString();
  const fields = repaired.split("\t");
  const fits = fields.length === COLUMNS;
  const columns = fits ? fields.map((value) => value || null) : Array(COLUMNS).fill(null);
  return { columns, whole: fits && Buffer.from(repaired).equals(row) };
}

describe("a row of a feed in Bronze", () => {
  test("gives back the bytes that were published, whatever they are", () => {
    const batch = fc.array(line, { minLength: 1, maxLength: 12 });
    const gap = fc.constantFrom("", "\n", "\xff");
    const property = fc.property(batch, gap, fc.nat(3), (lines, between, skipped) => {
      const first = Math.min(skipped, lines.length - 1);
      const records = recordsOf(lines, {}, between);
      const [decoded, ...more] = decodeMentions(records, first);
      assert.equal(more.length, 0);
      assert.equal(decoded!.numRows, lines.length - first);
      // The log uses the bytes again as soon as they have been taken.
      records.bytes.fill(0x2a);
      for (const [row, published] of lines.slice(first).entries()) {
        const found = readBack(decoded!, row);
        const { columns, whole } = expected(published);
        assert.deepEqual(found.published, published);
        assert.deepEqual(found.raw === null, whole, "raw where the columns do not give it back");
        assert.deepEqual(
          found.columns.map((value) => value?.toString() ?? null),
          columns,
        );
      }
    });
    fc.assert(property, propertyRuns(500));
  });

  test("says where it comes from", () => {
    const lines = ["a", "b", "c"].map((name) => Buffer.from(name));
    const [decoded] = decodeMentions(recordsOf(lines), 1);
    const origin = (row: number) =>
      ["slice", "feed", "file", "row", "partition", "offset"].map((name) =>
        decoded!.getChild(name)!.get(row),
      );
    const slice = Date.UTC(2015, 1, 18, 23);
    assert.deepEqual(origin(0), [slice, "mentions", HEADERS.file, 3n, 2, 71n]);
    assert.deepEqual(origin(1), [slice, "mentions", HEADERS.file, 6n, 2, 72n]);
  });

  test("is kept when nobody said where it comes from", () => {
    for (const headers of [{}, { slice: "yesterday" }]) {
      const [decoded] = decodeMentions(
        recordsOf([Buffer.from("a")], { headers, ordinals: null }),
        0,
      );
      const row = Object.fromEntries(Object.entries(decoded!.get(0)!.toJSON()).slice(0, 6));
      const { slice, feed, file, row: ordinal, offset } = row;
      assert.deepEqual(
        [slice, feed, file, ordinal, offset],
        [null, "gdelt.mentions", null, null, 70n],
      );
    }
  });

  test("is not made of an end marker", () => {
    assert.deepEqual(decodeMentions(recordsOf([]), 0), []);
    assert.deepEqual(decodeMentions(recordsOf([Buffer.from("a")]), 1), []);
  });

  test("with no bytes is one of no bytes, not one that is not there", () => {
    const [decoded] = decodeMentions(recordsOf([Buffer.alloc(0)]), 0);
    assert.deepEqual(readBack(decoded!, 0).raw, Buffer.alloc(0));
  });

  test("of real slices has no need of its raw bytes", { skip: withoutSamples }, () => {
    const samples = {
      events: "real/20241022130000.export.CSV.zip",
      mentions: "real/20150218224500.translation.mentions.first100.CSV",
      gkg: "real/20230702153000.gkg.csv.zip",
    } as const;
    for (const [feed, name] of Object.entries(samples)) {
      const { schema } = FEEDS[feed as keyof typeof samples];
      const rows = sampleRows(name);
      const [decoded] = feedDecoder(schema)({ ...recordsOf([]), ordinals: null, ...rows }, 0);
      assert.ok(rows.length > 50);
      for (let row = 0; row < rows.length; row++) {
        const { raw, published } = readBack(decoded!, row);
        const whole = Buffer.from(rows.bytes.subarray(rows.starts[row], rows.ends[row]));
        assert.ok(raw === null && published.equals(whole), `${name} row ${row}`);
      }
    }
  });
});

describe("a Bronze table of a feed", () => {
  test("has the feed's columns by name, in order, between the origin and the raw bytes", () => {
    for (const { schema, columns } of Object.values(FEEDS)) {
      const names = schema.fields.map(({ name }) => name);
      const own = columns.map(({ snakeName }) => snakeName);
      const origin = ["slice", "feed", "file", "row", "partition", "offset"];
      assert.deepEqual(names, [...origin, ...own, "raw"]);
      assert.equal(new Set(names).size, names.length, "no name twice");
    }
  });

  test("has statistics for what a row is looked for by", () => {
    const indexed = (schema: Schema) =>
      schema.fields.slice(0, BRONZE_INDEXED_COLUMNS).map(({ name }) => name);
    const origin = ["slice", "feed", "file", "row", "partition", "offset"];
    assert.deepEqual(indexed(bronzeEventsSchema), [...origin, "global_event_id"]);
    assert.deepEqual(indexed(bronzeMentionsSchema), [...origin, "global_event_id"]);
    assert.deepEqual(indexed(bronzeGkgSchema), [...origin, "gkg_record_id"]);
  });
});
