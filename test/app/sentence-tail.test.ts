import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Float64, Int32, Int64, Schema, TimestampMicrosecond, Utf8 } from "apache-arrow";
import { SentenceTail } from "../../src/app/sentence-tail.ts";
import { ArrowBatchBuilder } from "../../src/record/arrow/batch-builder.ts";
import type { BytesColumn } from "../../src/record/arrow/byte-columns.ts";
import type {
  Float64Column,
  Int32Column,
  Int64Column,
} from "../../src/record/arrow/number-columns.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { oneRow } from "../sources/log-records.ts";

const TOPIC = "silver.events";
const SLICE_MS = Date.UTC(2026, 0, 1);

const schema = new Schema([
  new Field("global_event_id", new Int64(), false),
  new Field("sentence", new Utf8(), false),
  new Field("status", new Utf8(), false),
  new Field("mention_count", new Int32(), false),
  new Field("lead_identifier", new Utf8(), true),
  new Field("avg_tone", new Float64(), true),
  new Field("goldstein_scale", new Float64(), true),
  new Field("quad_class", new Int32(), true),
  new Field("action_geo_country_code", new Utf8(), true),
  new Field("action_geo_lat", new Float64(), true),
  new Field("action_geo_long", new Float64(), true),
  new Field("slice", new TimestampMicrosecond("UTC"), false),
]);

/** What every row says. */
const SAME = {
  sliceMs: SLICE_MS,
  ...{ tone: -3.5, goldstein: 4, quadClass: 1 },
  ...{ country: "FR", latitude: 48.9, longitude: null },
};

interface Row {
  readonly id: number;
  readonly mentions: number;
  readonly status?: string;
  readonly article?: string;
}

function encoded(rows: readonly Row[]): Uint8Array {
  const builder = new ArrowBatchBuilder(schema);
  for (const { id, mentions, status = "SILVER_COMPLETE", article = `${id}` } of rows) {
    builder.column<Int64Column>("global_event_id").append(id);
    builder.column<BytesColumn>("sentence").appendString(`sentence ${id}`);
    builder.column<BytesColumn>("status").appendString(status);
    builder.column<Int32Column>("mention_count").append(mentions);
    builder.column<BytesColumn>("lead_identifier").appendString(article);
    builder.column<Float64Column>("avg_tone").append(-3.5);
    builder.column<Float64Column>("goldstein_scale").append(4);
    builder.column<Int32Column>("quad_class").append(1);
    builder.column<BytesColumn>("action_geo_country_code").appendString("FR");
    builder.column<Float64Column>("action_geo_lat").append(48.9);
    builder.column<Float64Column>("action_geo_long").appendNull();
    builder.column<Int64Column>("slice").append(SLICE_MS);
  }
  return builder.encode();
}

async function topic() {
  const log = new MemoryLog();
  await log.createTopics([{ name: TOPIC, partitions: 2, retention: "forever" }]);
  const producer = await log.producer("test");
  const put = async (partition: number, ...rows: Row[]) => {
    const bytes = encoded(rows);
    await producer.send(oneRow({ topic: TOPIC, partition }, bytes, { timestampMs: SLICE_MS }));
    await producer.commit();
  };
  return { log, put };
}

test("events that become complete are told once, the most mentioned first", async () => {
  const { log, put } = await topic();
  await put(0, { id: 1, mentions: 99 });
  const tail = await SentenceTail.open(log, TOPIC);
  assert.deepEqual(await tail.next(5), []);
  await put(0, { id: 2, mentions: 3 }, { id: 3, mentions: 4, status: "WAITING" });
  await put(1, { id: 4, mentions: 7 }, { id: 5, mentions: 1 });
  assert.deepEqual(await tail.next(2), [
    { ...SAME, eventId: "4", sentence: "sentence 4", mentionCount: 7, article: "4" },
    { ...SAME, eventId: "2", sentence: "sentence 2", mentionCount: 3, article: "2" },
  ]);
  // Mentioned again; and one that waited until now.
  await put(0, { id: 2, mentions: 50 }, { id: 3, mentions: 5 });
  assert.deepEqual(
    (await tail.next(5)).map(({ eventId }) => eventId),
    ["3"],
  );
  assert.deepEqual(await tail.next(5), []);
});

test("who is far behind is told a sample, and goes on at the end", async () => {
  const { log, put } = await topic();
  const tail = await SentenceTail.open(log, TOPIC);
  const article = "x".repeat(5 << 20);
  for (const id of [1, 2, 3, 4, 5]) await put(0, { id, mentions: 1, article: `${id}${article}` });
  const ids = async () => (await tail.next(9)).map(({ eventId }) => eventId);
  assert.deepEqual(await ids(), ["1", "2", "3"]);
  assert.deepEqual(await ids(), []);
  await put(0, { id: 6, mentions: 1 });
  assert.deepEqual(await ids(), ["6"]);
});

test("of one article one event is told", async () => {
  const { log, put } = await topic();
  const tail = await SentenceTail.open(log, TOPIC);
  await put(
    0,
    { id: 1, mentions: 3, article: "a" },
    { id: 2, mentions: 9, article: "a" },
    { id: 3, mentions: 1, article: "b" },
  );
  assert.deepEqual(
    (await tail.next(5)).map(({ eventId }) => eventId),
    ["2", "3"],
  );
});
