import assert from "node:assert/strict";
import { test } from "node:test";
import { Field, Int32, Int64, Schema, TimestampMicrosecond, Utf8 } from "apache-arrow";
import { SentenceTail } from "../../src/app/sentence-tail.ts";
import { ArrowBatchBuilder } from "../../src/record/arrow/batch-builder.ts";
import type { BytesColumn } from "../../src/record/arrow/byte-columns.ts";
import type { Int32Column, Int64Column } from "../../src/record/arrow/number-columns.ts";
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
  new Field("slice", new TimestampMicrosecond("UTC"), false),
]);

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
    { eventId: "4", sliceMs: SLICE_MS, sentence: "sentence 4", mentionCount: 7, article: "4" },
    { eventId: "2", sliceMs: SLICE_MS, sentence: "sentence 2", mentionCount: 3, article: "2" },
  ]);
  // Mentioned again; and one that waited until now.
  await put(0, { id: 2, mentions: 50 }, { id: 3, mentions: 5 });
  assert.deepEqual(
    (await tail.next(5)).map(({ eventId }) => eventId),
    ["3"],
  );
  assert.deepEqual(await tail.next(5), []);
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
