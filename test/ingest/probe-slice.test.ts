import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { feedNamed, stampOf } from "../../src/gdelt/feeds.ts";
import { eventProblem } from "../../src/gdelt/parse-event.ts";
import { gkgProblem } from "../../src/gdelt/parse-gkg.ts";
import { mentionProblem } from "../../src/gdelt/parse-mention.ts";
import { rowsOfLine } from "../../src/gdelt/row-problem.ts";
import { probeSlice, publishProbe } from "../../src/ingest/probe-slice.ts";
import { entryRecords, type SliceEntry } from "../../src/ingest/slice-entry.ts";
import { publishedSlices, SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";

const SLICE = Date.UTC(2026, 0, 1, 0, 15);
const FEEDS = ["events", "mentions", "gkg"];
const PARTITIONS = 2;

async function openLog(): Promise<MemoryLog> {
  const log = new MemoryLog();
  await log.createTopics([{ name: "gdelt.slices", partitions: 1, retention: "forever" }]);
  for (const name of ["gdelt.events", "gdelt.mentions", "gdelt.gkg"]) {
    await log.createTopics([{ name, partitions: PARTITIONS, retention: "forever" }]);
  }
  return log;
}

/** The feed's own producer, as it is beside a probe. */
const openFeed = (log: MemoryLog) =>
  SlicePublisher.open(log, {
    ...{ application: "a", feeds: FEEDS, partitions: PARTITIONS },
    retentionMs: 86_400_000,
  });

const none = { files: new Map<string, string>(), stamp: "" };
const unread = () => Promise.reject(new Error("there is no file"));

const probe = (log: MemoryLog) => publishProbe(log, "a", { feeds: FEEDS, partitions: PARTITIONS });

describe("a probe", () => {
  const { rows, eventId, sliceMs } = probeSlice(SLICE + 1000);

  test("is of rows that can be used, and of an id that GDELT does not give", () => {
    const problems = [
      ["events", eventProblem],
      ["mentions", mentionProblem],
      ["gkg", gkgProblem],
    ] as const;
    for (const [feed, problem] of problems) {
      const line = rows.get(feed)!.subarray(0, -1);
      assert.doesNotThrow(() => rowsOfLine(line, feedNamed(feed).columns, problem), feed);
    }
    assert.ok(eventId > 1e12 && Number.isSafeInteger(eventId));
  });

  test("becomes a complete event by both joins", async () => {
    const topology = silverTopology({ ...SILVER_DEFAULTS, bronze: false, mart: false });
    const driver = await TopologyTestDriver.open(topology, { partitions: PARTITIONS, startMs: 0 });
    await driver.closeSlice(SLICE);
    for (const [feed, content] of rows) {
      const { topic, keyColumn } = feedNamed(feed);
      const value = content.subarray(0, -1).toString();
      const key = value.split("\t")[keyColumn]!;
      await driver.pipe(topic, [{ key, value, timestampMs: sliceMs }]);
    }
    await driver.closeSlice(sliceMs);
    await driver.run();
    const [batch, ...more] = driver
      .table("silver-events-lake")
      .flatMap(({ value }) => decodeArrow(value));
    driver.close();
    assert.deepEqual([batch?.numRows, more.length], [1, 0]);
    assert.equal(batch?.getChild("global_event_id")?.get(0), BigInt(eventId));
    assert.equal(batch?.getChild("status")?.get(0), "SILVER_COMPLETE");
  });

  test("comes behind the newest slice, closes all of its feeds, and leaves the feed its own producer", async () => {
    const log = await openLog();
    const feed = await openFeed(log);
    await feed.publish({ ...none, sliceMs: SLICE }, unread);
    assert.equal((await probe(log))?.sliceMs, SLICE + 1000);
    assert.equal((await probe(log))?.sliceMs, SLICE + 2000);
    const published = await publishedSlices(log, FEEDS);
    assert.deepEqual([...published.open], []);
    assert.deepEqual(published.publishedFeeds(SLICE + 1000), FEEDS);
    await feed.publish({ ...none, sliceMs: SLICE + 900_000 }, unread);
    const again = await openFeed(log);
    assert.equal(again.published.newestMs, SLICE + 900_000);
  });

  test("waits while a slice is published in part: it would close before that", async () => {
    const log = await openLog();
    const feed = await openFeed(log);
    await feed.publish({ ...none, sliceMs: SLICE }, unread);
    const half: SliceEntry = {
      ...{ slice: stampOf(SLICE + 900_000), attempt: 1, feed: "events", status: "missing" },
      ...{ file: null, checksum: null, bytes: 0, rows: 0, reason: null, outcome: "missing" },
      ...{ feeds: FEEDS, missing: ["events"] },
    };
    const producer = await log.producer("a-publisher");
    await producer.send(entryRecords(half, SLICE + 900_000));
    await producer.commit();
    assert.equal(await probe(log), null);
  });

  test("waits for the first slice, which is the feed's, and comes no more after the last", async () => {
    const log = await openLog();
    assert.equal(await probe(log), null);
    const feed = await openFeed(log);
    await feed.publish({ ...none, sliceMs: SLICE }, unread);
    await feed.endOfStream();
    await assert.rejects(probe(log), (error) => error instanceof ConfigError);
  });
});
