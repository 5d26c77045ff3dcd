import assert from "node:assert/strict";
import { test } from "node:test";
import { slicesDecoder } from "../../src/bronze/slices-decoder.ts";
import { bronzeSlicesSchema } from "../../src/gdelt/bronze-schema.ts";
import { SLICES_TOPIC } from "../../src/gdelt/feeds.ts";
import { entryRecords, type SliceEntry } from "../../src/ingest/slice-entry.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { recordsOf } from "../operators/raw-records.ts";

const SLICE_MS = Date.UTC(2015, 1, 18, 23);

const published: SliceEntry = {
  slice: "20150218230000",
  attempt: 1,
  feed: "events",
  status: "published",
  file: "20150218230000.export.CSV",
  checksum: "0123",
  bytes: 145_590,
  rows: 2161,
  reason: null,
  outcome: null,
  feeds: ["events", "gkg.translation"],
  missing: [],
};
const rejected: SliceEntry = {
  ...published,
  attempt: 2,
  status: "rejected",
  checksum: null,
  bytes: 6,
  rows: 0,
  reason: "not_a_zip",
  outcome: "not_a_zip",
  missing: ["events"],
};

/** The entries as read from their topic, all at once. */
const read = (...entries: (SliceEntry | "end_of_stream")[]) => ({
  ...recordsOf(
    entries.map((entry) => entryRecords(entry, SLICE_MS).bytes),
    0,
  ),
  topic: SLICES_TOPIC,
  timestampsMs: new Float64Array(entries.length).fill(SLICE_MS),
});

/** The rows as plain values. */
function rowsOf(first: number, ...entries: (SliceEntry | "end_of_stream")[]) {
  const batches = slicesDecoder(read(...entries), first);
  return batches.flatMap((batch) =>
    batch.toArray().map((row) => JSON.parse(JSON.stringify(row, (_, value) => plain(value)))),
  );
}

const plain = (value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

test("an entry is a row with all it says, and where it stood", () => {
  const [one, two, ...others] = rowsOf(0, published, rejected);
  const { slice: _, ...same } = published;
  assert.deepEqual(one, { ...same, slice: SLICE_MS, partition: 0, offset: 0 });
  const { slice: __, ...different } = rejected;
  assert.deepEqual(two, { ...different, slice: SLICE_MS, partition: 0, offset: 1 });
  assert.deepEqual(others, []);
});

test("entries that the table has are not decoded into it again", () => {
  const rows = rowsOf(1, published, rejected);
  assert.deepEqual(
    rows.map(({ status, offset }) => [status, offset]),
    [["rejected", 1]],
  );
  assert.deepEqual(rowsOf(2, published, rejected), []);
});

test("the end of the stream is a row of no feed", () => {
  const [row] = rowsOf(1, published, "end_of_stream");
  assert.deepEqual(row, {
    slice: SLICE_MS,
    attempt: 0,
    feed: "",
    status: "end_of_stream",
    file: null,
    checksum: null,
    bytes: 0,
    rows: 0,
    reason: null,
    outcome: null,
    feeds: [],
    missing: [],
    partition: 0,
    offset: 1,
  });
  assert.deepEqual(
    Object.keys(row),
    bronzeSlicesSchema.fields.map(({ name }) => name),
  );
});

test("what is no entry stops the table instead of being left out", () => {
  const bytes = Buffer.from('{"slice":"soon"}');
  const records = read(published);
  const wrong = { ...records, bytes, ends: Int32Array.of(bytes.length) };
  assert.throws(() => slicesDecoder(wrong, 0), ConfigError);
});
