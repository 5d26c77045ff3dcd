import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SLICE_MS } from "../../../src/gdelt/feeds.ts";
import type { ListedFile } from "../../../src/ingest/feed/listed-file.ts";
import type { SliceFeed } from "../../../src/ingest/feed/slice-feed.ts";
import type { GeneratedSlice } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { START_MS, smallSlices } from "./served-slices.ts";

/** Where a feed's files are, for a test to put them there. */
export interface FeedPlace {
  readonly feed: SliceFeed;
  publish(slices: readonly GeneratedSlice[]): Promise<void>;
  /** Puts other bytes in the place of a file, in the lists only if they `tell`. */
  replace(file: ListedFile, bytes: Buffer, tell: boolean): Promise<void>;
  remove(file: ListedFile): Promise<void>;
}

const signal = new AbortController().signal;
const stream = smallSlices();
const at = (slice: number) => START_MS + slice * SLICE_MS;
const numberOf = ({ sliceMs }: ListedFile) => (sliceMs - START_MS) / SLICE_MS;

/** What every feed of slices does, whatever it is made of. */
export function sliceFeedSuite(name: string, open: () => Promise<FeedPlace>): void {
  const all = (feed: SliceFeed, wanted: (file: ListedFile) => boolean = () => true) =>
    feed.list({ fromMs: at(0), toMs: at(99), newestMs: at(99), wanted }, signal);

  const placeWith = async (...numbers: number[]) => {
    const place = await open();
    await place.publish(numbers.map((number) => stream.slice(number)));
    return place;
  };

  describe(name, () => {
    test("shows the newest slice", async () => {
      const { feed } = await placeWith(0, 1, 5);
      const newest = await feed.newest(signal);
      assert.deepEqual(newest.map(numberOf), [5, 5, 5]);
      assert.deepEqual(
        new Set(newest.map((file) => file.feed)),
        new Set(["events", "mentions", "gkg"]),
      );
      assert.notEqual(await feed.firstMs(), null);
    });

    test("lists what is wanted of a range, and what comes after it", async () => {
      const { feed } = await placeWith(0, 1, 2, 7);
      const query = { fromMs: at(1), toMs: at(3), newestMs: at(7) };
      const wanted = (file: ListedFile) => file.feed !== "mentions";
      const { files, nextMs, badLines } = await feed.list({ ...query, wanted }, signal);
      assert.deepEqual(files.map(numberOf).sort(), [1, 1, 2, 2]);
      assert.deepEqual([nextMs, badLines], [at(7), 0]);
      assert.equal((await all(feed)).nextMs, null);
    });

    test("gives a listed file with its rows", async () => {
      const { feed } = await placeWith(0, 1);
      for (const file of (await all(feed)).files) {
        const fetched = await feed.fetch(file, signal);
        assert(fetched.kind === "whole");
        const { name: found, checksum, fileBytes, bytes } = fetched.file;
        assert.deepEqual([found, checksum, fileBytes], [file.name, file.checksum, file.bytes]);
        assert.deepEqual(bytes, stream.slice(numberOf(file)).feeds.get(file.feed));
      }
    });

    test("tells a file that is not there, and one that is not what was listed", async () => {
      const { feed, remove, replace } = await placeWith(0);
      const [first, second] = (await all(feed)).files;
      await remove(first!);
      assert.deepEqual(await feed.fetch(first!, signal), { kind: "not_there" });
      await replace(second!, Buffer.from("<html>"), false);
      const fetched = await feed.fetch(second!, signal);
      assert(fetched.kind === "rejected" && !fetched.settled);
    });

    test("lists a file that has been replaced as another one", async () => {
      const { feed, replace } = await placeWith(0);
      const [before] = (await all(feed)).files;
      await replace(before!, Buffer.from("<html>"), true);
      const now = (await all(feed)).files.find((file) => file.name === before!.name)!;
      assert.notEqual(now.checksum, before!.checksum);
      const fetched = await feed.fetch(now, signal);
      assert(fetched.kind === "rejected" && fetched.settled, "it is what is listed, for good");
      assert.equal(fetched.error.file.checksum, now.checksum);
      const { files } = await all(feed, (file) => file.checksum !== now.checksum);
      assert.equal(files.length, 2);
    });
  });
}
