import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { BucketArchive } from "../../../src/app/backfill/archive.ts";
import { Survey } from "../../../src/app/backfill/survey.ts";
import { parseStamp, SLICE_MS } from "../../../src/gdelt/feeds.ts";
import type { ListedFile } from "../../../src/ingest/feed/listed-file.ts";
import { zipOf } from "../../../src/ingest/slice-generator/zip-writer.ts";
import { MemoryObjectStore } from "../../../src/state/memory-object-store.ts";

const FIRST_MS = parseStamp("20260101000000")!;
const never = new AbortController().signal;
const range = { fromMs: FIRST_MS, toMs: FIRST_MS + 3 * SLICE_MS };

describe("a bucket of slices", () => {
  test("is surveyed by names, in whatever folders, and read by path", async () => {
    const store = new MemoryObjectStore({ nowMs: () => 0 });
    const zip = await zipOf("20260101001500.export.CSV", Buffer.from("1\ta\n"), FIRST_MS);
    await store.put("2026/01/20260101001500.export.CSV.zip", zip);
    await store.put("2026/01/20260101010000.export.CSV.zip", zip);
    await store.put("20260101003000.gkg.csv", Buffer.from("<html>"));
    await store.put("masterfilelist.txt", Buffer.from("none"));
    const archive = new BucketArchive(store);
    const files: ListedFile[] = [];
    await archive.survey(range, (file) => files.push(file));
    assert.deepEqual(
      files.map(({ feed, name, bytes }) => [feed, name, bytes]),
      [
        ["events", "2026/01/20260101001500.export.CSV.zip", zip.length],
        ["gkg", "20260101003000.gkg.csv", 6],
      ],
    );
    const [events, gkg] = files as [ListedFile, ListedFile];
    const whole = await archive.fetch(events);
    assert.equal(whole.kind === "whole" && whole.file.bytes.toString(), "1\ta\n");
    assert.equal(whole.kind === "whole" && whole.file.name, "20260101001500.export.CSV.zip");
    const rejected = await archive.fetch(gkg);
    assert.equal(rejected.kind === "rejected" && rejected.error.reason, "not_a_feed");
    assert.deepEqual(await archive.fetch({ ...events, name: "gone" }), { kind: "not_there" });
    assert.equal(never.aborted, false);
  });
});

describe("a survey", () => {
  const file = (slice: number, feed: string, bytes: number): ListedFile => ({
    ...{ feed, bytes, name: `${slice}.${feed}`, checksum: "" },
    sliceMs: FIRST_MS + slice * SLICE_MS,
  });

  test("counts a file that is named twice once, as it was named last", () => {
    const survey = new Survey(range, ["events", "gkg"]);
    for (const one of [file(0, "events", 5), file(0, "events", 7), file(0, "mentions", 100)]) {
      survey.add(one);
    }
    assert.deepEqual([survey.files, survey.bytes, survey.slicesFound], [1, 7, 1]);
    assert.deepEqual(survey.missing, { events: 0, gkg: 1 });
  });

  test("tells the longest gap first, and what is done", () => {
    const survey = new Survey({ fromMs: FIRST_MS, toMs: FIRST_MS + 7 * SLICE_MS }, ["events"]);
    for (const slice of [1, 4]) survey.add(file(slice, "events", 10 + slice));
    assert.deepEqual(survey.gaps(), [
      { from: "20260101011500", to: "20260101014500", slices: 3 },
      { from: "20260101003000", to: "20260101004500", slices: 2 },
      { from: "20260101000000", to: "20260101000000", slices: 1 },
    ]);
    const done = survey.done((sliceMs) => sliceMs <= FIRST_MS + 2 * SLICE_MS);
    assert.deepEqual(done, { done: 1, bytes: 11 });
  });
});
