import assert from "node:assert/strict";
import { test } from "node:test";
import { SliceTail } from "../../../src/app/inspector/slice-tail.ts";
import { SLICE_MS, SLICES_TOPIC, stampOf } from "../../../src/gdelt/feeds.ts";
import { entryRecords, type SliceEntry } from "../../../src/ingest/slice-entry.ts";
import { MemoryLog } from "../../../src/sources/memory-log.ts";

const FIRST_MS = Date.UTC(2026, 0, 1);
const FEEDS = ["events", "mentions", "gkg"];

class Published {
  readonly log = new MemoryLog();
  nowMs = FIRST_MS;
  readonly tail = new SliceTail(this.log, { nowMs: () => this.nowMs });

  static async open(): Promise<Published> {
    const published = new Published();
    await published.log.createTopics([{ name: SLICES_TOPIC, partitions: 1, retention: "forever" }]);
    return published;
  }

  async entry(slice: number, feed: string, of: Partial<SliceEntry> = {}): Promise<void> {
    const sliceMs = FIRST_MS + slice * SLICE_MS;
    const producer = await this.log.producer("test");
    const entry: SliceEntry = {
      ...{ slice: stampOf(sliceMs), attempt: 1, feed, status: "published", file: "a" },
      ...{ checksum: null, bytes: 1, rows: 1, reason: null, outcome: "ok" },
      ...{ feeds: FEEDS, missing: [] },
      ...of,
    };
    await producer.send(entryRecords(entry, sliceMs));
    await producer.commit();
    this.nowMs = Math.max(this.nowMs, sliceMs);
  }

  async slice(slice: number): Promise<void> {
    for (const feed of FEEDS) await this.entry(slice, feed);
  }

  async told(): Promise<string[]> {
    return (await this.tail.problems()).map(({ kind, about, reason }) =>
      [kind, about, reason].join(" | "),
    );
  }
}

test("what a slice lacks is told until it turns up", async () => {
  const published = await Published.open();
  assert.deepEqual(await published.told(), []);
  await published.slice(0);
  await published.entry(1, "gkg", { status: "missing", outcome: "never_published" });
  const reason = "md5 differs";
  await published.entry(1, "events", { status: "rejected", outcome: "md5_mismatch", reason });
  assert.deepEqual(await published.told(), [
    "slice_missing | slice 2026-01-01 00:15, gkg | never published",
    "file_rejected | slice 2026-01-01 00:15, events | md5 mismatch: md5 differs",
  ]);
  await published.entry(1, "events", { attempt: 2 });
  // Re-opened by the other feed: what this one lacks it still lacks.
  const unchanged = { attempt: 2, outcome: "unchanged", reason: "unchanged" } as const;
  await published.entry(1, "gkg", { ...unchanged, status: "missing" });
  assert.deepEqual(await published.told(), [
    "slice_missing | slice 2026-01-01 00:15, gkg | never published",
  ]);
  await published.entry(1, "gkg", { attempt: 3 });
  assert.deepEqual(await published.told(), []);
});

test("only the newest two hours count, in whatever order they are published", async () => {
  const published = await Published.open();
  await published.entry(0, "gkg", { status: "missing", outcome: "listed_404" });
  for (let slice = 7; slice > 0; slice--) await published.slice(slice);
  assert.equal((await published.told()).length, 1);
  await published.slice(8);
  assert.deepEqual(await published.told(), []);
  await published.entry(0, "events", { status: "missing", outcome: "listed_404", attempt: 2 });
  await published.entry(8, "gkg", { status: "rejected", attempt: 0, outcome: "too_old" });
  assert.deepEqual(await published.told(), []);
});

test("the next slice is overdue when two have not come, and of an old replay never", async () => {
  const published = await Published.open();
  await published.slice(0);
  published.nowMs += 3 * SLICE_MS;
  assert.deepEqual(await published.told(), []);
  published.nowMs += 1;
  const overdue = "slice_overdue | the feed | the newest slice has the stamp 2026-01-01 00:00";
  assert.deepEqual(await published.told(), [overdue]);
  await published.slice(3);
  published.nowMs = FIRST_MS + 3 * SLICE_MS + 1;
  assert.deepEqual(await published.told(), []);
  published.nowMs = FIRST_MS + 200 * SLICE_MS;
  assert.deepEqual(await published.told(), []);
});

test("a stream that has been ended is not waited for", async () => {
  const published = await Published.open();
  await published.slice(0);
  const producer = await published.log.producer("test");
  await producer.send(entryRecords("end_of_stream", FIRST_MS));
  await producer.commit();
  published.nowMs += 4 * SLICE_MS;
  assert.deepEqual(await published.told(), []);
});
