import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, beforeEach, describe, test } from "node:test";
import { SLICE_MS } from "../../../src/gdelt/feeds.ts";
import { FolderFeed } from "../../../src/ingest/feed/folder-feed.ts";
import { FeedTrouble } from "../../../src/ingest/feed/slice-feed.ts";
import { writeSlices } from "../../../src/ingest/slice-generator/write-slices.ts";
import { START_MS, smallSlices } from "./served-slices.ts";

const scratch = await mkdtemp(join(tmpdir(), "gdelt-streams-folder-feed-"));
after(() => rm(scratch, { recursive: true, force: true }));

const stream = smallSlices();
const ENGLISH = ["events", "mentions", "gkg"];
let folder: string;
let feed: FolderFeed;
beforeEach(async () => {
  folder = await mkdtemp(join(scratch, "slices-"));
  feed = new FolderFeed({ folder, feeds: ENGLISH });
});

const everything = {
  fromMs: 0,
  toMs: START_MS + 1000 * SLICE_MS,
  newestMs: 0,
  wanted: () => true,
};

const listed = async (query: Partial<typeof everything> = {}) =>
  (await feed.list({ ...everything, ...query })).files;

describe("FolderFeed", () => {
  test("lists what lies in the folder, zipped or not, and reads it", async () => {
    await writeSlices(folder, [stream.slice(0)], { zipped: true });
    await writeSlices(folder, [stream.slice(1)], { zipped: false });
    await writeFile(join(folder, "notes.txt"), "no slice");
    const files = await listed();
    assert.deepEqual(
      files.map((file) => [file.feed, (file.sliceMs - START_MS) / SLICE_MS]),
      [0, 1].flatMap((slice) => ENGLISH.map((name) => [name, slice])),
    );
    for (const file of files) {
      const fetched = await feed.fetch(file);
      assert(fetched.kind === "whole");
      assert.equal(fetched.file.checksum, file.checksum);
      assert.equal(fetched.file.fileBytes, file.bytes);
      const content = stream.slice((file.sliceMs - START_MS) / SLICE_MS).feeds.get(file.feed);
      assert.deepEqual(fetched.file.bytes, content);
    }
  });

  test("begins with the oldest slice, and shows the newest", async () => {
    assert.deepEqual([await feed.firstMs(), await feed.newest()], [null, []]);
    await writeSlices(folder, [stream.slice(4), stream.slice(7)], { zipped: true });
    assert.equal(await feed.firstMs(), START_MS + 4 * SLICE_MS);
    const newest = await feed.newest();
    assert.deepEqual(
      new Set(newest.map(({ sliceMs }) => sliceMs)),
      new Set([START_MS + 7 * SLICE_MS]),
    );
  });

  test("lists a range, and says what comes after it", async () => {
    await writeSlices(
      folder,
      [0, 1, 2, 9].map((number) => stream.slice(number)),
      { zipped: true },
    );
    const range = { ...everything, fromMs: START_MS + SLICE_MS, toMs: START_MS + 2 * SLICE_MS };
    const { files, nextMs } = await feed.list({ ...range, wanted: (file) => file.feed === "gkg" });
    assert.equal(files.length, 2);
    assert.equal(nextMs, START_MS + 9 * SLICE_MS);
    assert.equal((await feed.list(everything)).nextMs, null);
  });

  test("passes over feeds that are not followed, and slices that have no others", async () => {
    await writeSlices(folder, [stream.slice(0)], { zipped: true });
    await writeSlices(folder, [smallSlices(true).slice(5)], { zipped: true });
    assert.equal((await listed()).length, 3);
    assert.equal((await feed.newest())[0]!.sliceMs, START_MS);
  });

  test("notices that a file has been replaced", async () => {
    await writeSlices(folder, [stream.slice(0)], { zipped: true });
    const [before] = await listed();
    assert.deepEqual((await listed())[0], before);
    const aside = join(folder, "aside");
    await writeFile(aside, "<html>");
    await rename(aside, join(folder, before!.name));
    const fetched = await feed.fetch(before!);
    assert(fetched.kind === "rejected" && !fetched.settled, "not what was listed");
    const [now] = await listed();
    assert.notEqual(now!.checksum, before!.checksum);
    const again = await feed.fetch(now!);
    assert(again.kind === "rejected" && again.settled);
    assert.equal(again.error.reason, "not_a_zip");
  });

  test("a good file that has changed since it was listed is not what was asked for", async () => {
    await writeSlices(folder, [stream.slice(0)], { zipped: false });
    const [before] = await listed();
    await writeFile(join(folder, before!.name), stream.slice(1).feeds.get(before!.feed)!);
    const fetched = await feed.fetch(before!);
    assert(fetched.kind === "rejected" && !fetched.settled);
    assert.equal(fetched.error.reason, "md5_mismatch");
  });

  test("a file that is gone is not there; a folder that is gone is trouble", async () => {
    await writeSlices(folder, [stream.slice(0)], { zipped: true });
    const [file] = await listed();
    await rm(folder, { recursive: true });
    assert.deepEqual(await feed.fetch(file!), { kind: "not_there" });
    await assert.rejects(feed.newest(), FeedTrouble);
  });
});
