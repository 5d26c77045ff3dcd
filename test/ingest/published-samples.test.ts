import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, test } from "node:test";
import { parseSliceFileName, parseStamp } from "../../src/gdelt/feeds.ts";
import { readAhead } from "../../src/ingest/read-ahead.ts";
import { SlicePublisher } from "../../src/ingest/slice-publisher.ts";
import { listSlices, readFeedFile } from "../../src/sources/slice-archive.ts";
import { newLog, OPTIONS, publishedRows } from "./published.ts";

/** Data: The GDELT Project, https://www.gdeltproject.org/ */
const samples = resolve(
  process.env["GDELT_SAMPLES"] ?? join(import.meta.dirname, "../../../shared/data/gdelt"),
);
const skip = existsSync(samples) ? false : `no GDELT samples at ${samples}: set GDELT_SAMPLES`;

/** Ten years lie between the samples. */
const retentionMs = Number.POSITIVE_INFINITY;

async function publishFolder(folder: string) {
  const log = await newLog();
  const publisher = await SlicePublisher.open(log, { ...OPTIONS, retentionMs });
  const listing = await listSlices(join(samples, folder), parseSliceFileName);
  const rows = { events: 0, mentions: 0, gkg: 0 };
  for await (const { slice, read } of readAhead(listing.slices, readFeedFile)) {
    const { outcome, closed } = await publisher.publish(slice, read);
    assert.equal(outcome, "published");
    for (const entry of closed) {
      assert.notEqual(entry.status, "rejected");
      rows[entry.feed as keyof typeof rows] += entry.rows;
    }
  }
  return { log, listing, rows };
}

describe("real slices", { skip }, () => {
  test("four whole slices are published with all their rows, in order, by key", async () => {
    const { log, listing, rows } = await publishFolder("joined/gdeltv2");
    assert.equal(listing.slices.length, 4);
    assert.deepEqual(listing.ignored, ["lastupdate.txt", "masterfilelist.txt"]);
    assert.deepEqual(rows, { events: 8709, mentions: 37_208, gkg: 8570 });
    const columns = { events: 61, mentions: 16, gkg: 27 };
    const keyColumns = { events: 0, mentions: 5, gkg: 4 };
    for (const feed of ["events", "mentions", "gkg"] as const) {
      const published = await publishedRows(log, `gdelt.${feed}`);
      assert.equal(published.length, rows[feed]);
      const partitionOfKey = new Map<string, number>();
      for (const { text, partition, file, slice } of published) {
        const cells = text.split("\t");
        assert.equal(cells.length, columns[feed]);
        const key = cells[keyColumns[feed]]!;
        assert.equal(partitionOfKey.get(key) ?? partition, partition, `${key} in two partitions`);
        partitionOfKey.set(key, partition);
        assert.equal(file.slice(0, 14), slice);
      }
      const parts = Map.groupBy(published, ({ partition }) => partition);
      assert.equal(parts.size, OPTIONS.partitions);
      for (const part of parts.values()) {
        const order = part.map(({ slice, ordinal }) => parseStamp(slice)! * 1e5 + ordinal);
        assert.deepEqual(
          order,
          order.toSorted((a, b) => a - b),
        );
      }
    }
  });

  test("slices of single feeds are published, their other feeds closed as missing", async () => {
    const { listing, rows } = await publishFolder("real");
    assert.equal(listing.slices.length, 7);
    assert.deepEqual(listing.ignored, [
      "20150218224500.translation.export.first100.CSV",
      "20150218224500.translation.gkg.first100.csv",
      "20150218224500.translation.mentions.first100.CSV",
      "20150218230000.gkg.first50.csv",
    ]);
    assert.deepEqual(rows, { events: 9169, mentions: 0, gkg: 951 });
  });

  test("rows of a translation slice are published as feeds of their own", async () => {
    const feeds = ["events.translation", "mentions.translation", "gkg.translation"];
    const names = ["export.first100.CSV", "mentions.first100.CSV", "gkg.first100.csv"];
    const stamp = "20150218224500";
    const path = (name: string) => join(samples, "real", `${stamp}.translation.${name}`);
    const files = new Map(feeds.map((feed, i) => [feed, path(names[i]!)]));
    const log = await newLog();
    const publisher = await SlicePublisher.open(log, { ...OPTIONS, feeds });
    const slice = { stamp, sliceMs: parseStamp(stamp)!, files };
    const { closed } = await publisher.publish(slice, readFeedFile);
    assert.deepEqual(
      closed.map(({ feed, rows }) => [feed, rows]),
      feeds.map((feed) => [feed, 100]),
    );
    const gkg = await publishedRows(log, "gdelt.gkg");
    assert(gkg.every(({ text, feed }) => /^\d{14}-T\d+\t/.test(text) && feed === feeds[2]));
  });
});
