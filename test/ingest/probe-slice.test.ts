import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { feedNamed, SLICE_MS, stampOf } from "../../src/gdelt/feeds.ts";
import { eventProblem } from "../../src/gdelt/parse-event.ts";
import { gkgProblem } from "../../src/gdelt/parse-gkg.ts";
import { mentionProblem } from "../../src/gdelt/parse-mention.ts";
import { rowsOfLine } from "../../src/gdelt/row-problem.ts";
import { probeSlice, publishProbe } from "../../src/ingest/probe-slice.ts";
import { decodeEntries } from "../../src/ingest/slice-entry.ts";
import { publishedSlices, SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import { decodeArrow } from "../../src/record/arrow/batch-builder.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { SILVER_DEFAULTS, silverTopology } from "../../src/silver/silver-topology.ts";
import { MemoryLog } from "../../src/sources/memory-log.ts";
import { TopologyTestDriver } from "../../src/testing/topology-test-driver.ts";

const SLICE = Date.UTC(2026, 0, 1, 0, 15);
const NOW = Date.UTC(2026, 0, 1, 0, 17);
const FEEDS = ["events", "mentions", "gkg"];
const PARTITIONS = 2;
const DAY_MS = 86_400_000;

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
    retentionMs: DAY_MS,
  });

const FILES = new Map(FEEDS.map((feed) => [feed, feed]));
const whole = (sliceMs: number) => ({ sliceMs, stamp: stampOf(sliceMs), files: FILES });

/** A file without a row. */
const read = async (name: string) => ({ name, bytes: Buffer.of(), checksum: name, fileBytes: 0 });

const probe = (log: MemoryLog) =>
  publishProbe(log, { application: "a", feeds: FEEDS, partitions: PARTITIONS }, NOW);

describe("a probe", () => {
  const { rows, eventId, sliceMs } = probeSlice(SLICE, NOW);

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
    for (const [feed, content] of rows) {
      const { topic, keyColumn } = feedNamed(feed);
      const value = content.subarray(0, -1).toString();
      const key = value.split("\t")[keyColumn]!;
      await driver.pipe(topic, [{ key, value, timestampMs: sliceMs }]);
    }
    await driver.closeSlice(sliceMs);
    await driver.run();
    const revisions = driver.table("silver-events-lake").flatMap(({ value }) => decodeArrow(value));
    driver.close();
    const newest = revisions.at(-1);
    assert.equal(newest?.getChild("global_event_id")?.get(0), BigInt(eventId));
    assert.equal(newest?.getChild("status")?.get(0), "SILVER_COMPLETE");
  });

  test("is a further attempt at the second newest whole slice, and leaves the feed its own producer", async () => {
    const log = await openLog();
    const feed = await openFeed(log);
    await feed.publish(whole(SLICE), read);
    await feed.publish({ ...whole(SLICE + SLICE_MS), files: new Map() }, read);
    assert.equal((await probe(log))?.sliceMs, SLICE, "the only one");
    assert.equal((await probe(log))?.sliceMs, SLICE);
    const published = await publishedSlices(log, FEEDS, DAY_MS);
    assert.deepEqual([...published.open], []);
    assert.equal(published.slice(SLICE)?.attempt, 3);
    await feed.publish(whole(SLICE + 2 * SLICE_MS), read);
    const again = await openFeed(log);
    assert.equal(again.published.newestMs, SLICE + 2 * SLICE_MS);
    assert.equal(again.published.slice(SLICE)?.attempt, 3);
    await again.publish(whole(SLICE + 3 * SLICE_MS), read);
    assert.equal((await probe(log))?.sliceMs, SLICE + 2 * SLICE_MS);
  });

  test("adds up with all the rest: no feed is missing for it, and each row is counted once", async () => {
    const log = await openLog();
    await (await openFeed(log)).publish(whole(SLICE), read);
    await probe(log);
    const entries = [];
    const at = { topic: "gdelt.slices", partition: 0 };
    for (let next = 0; ; ) {
      const batch = await log.read(at, next, 1 << 20);
      if (batch === null) break;
      entries.push(...decodeEntries(batch));
      next = batch.nextOffset;
    }
    const own = entries.filter((entry) => "attempt" in entry && entry.attempt === 2);
    assert.deepEqual(
      own.map((entry) => "rows" in entry && [entry.feed, entry.rows, entry.missing]),
      FEEDS.map((feed) => [feed, 1, []]),
    );
  });

  test("waits while the only slice is published in part", async () => {
    const log = await openLog();
    const feed = await openFeed(log);
    await feed.publish({ ...whole(SLICE), files: new Map([["events", "events"]]) }, read);
    assert.equal(await probe(log), null);
  });

  test("waits for the first slice, which is the feed's, and comes no more after the last", async () => {
    const log = await openLog();
    assert.equal(await probe(log), null);
    const feed = await openFeed(log);
    await feed.publish(whole(SLICE), read);
    await feed.endOfStream();
    await assert.rejects(probe(log), (error) => error instanceof ConfigError);
  });
});
