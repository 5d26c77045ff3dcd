import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { readAhead } from "../../src/ingest/read-ahead.ts";
import type { FeedFile } from "../../src/sources/feed-file.ts";
import type { ArchiveSlice } from "../../src/sources/slice-archive.ts";

const slice = (number: number): ArchiveSlice => ({
  sliceMs: number * 900_000,
  stamp: String(number),
  files: new Map([
    ["events", `${number}.events`],
    ["gkg", `${number}.gkg`],
  ]),
});

const file = (name: string): FeedFile => ({
  name,
  bytes: Buffer.from(name),
  checksum: name,
  fileBytes: name.length,
});

describe("readAhead", () => {
  test("reads the next slice while the current one is used, and no further", async () => {
    const begun: string[] = [];
    const read = async (path: string) => {
      begun.push(path);
      return file(path);
    };
    const seen: [string, number][] = [];
    for await (const ahead of readAhead([1, 2, 3, 4].map(slice), read)) {
      await nextTurn();
      seen.push([ahead.slice.stamp, begun.length]);
      assert.equal((await ahead.read(`${ahead.slice.stamp}.gkg`)).name, `${ahead.slice.stamp}.gkg`);
    }
    assert.deepEqual(seen, [
      ["1", 4],
      ["2", 6],
      ["3", 8],
      ["4", 8],
    ]);
    assert.equal(begun.length, 8, "no file is read twice");
  });

  test("a file that cannot be read fails when it is asked for, not before", async () => {
    const read = async (path: string) => {
      if (path === "2.gkg") throw new Error("damaged");
      return file(path);
    };
    const outcomes: string[] = [];
    for await (const ahead of readAhead([1, 2, 3].map(slice), read)) {
      const paths = [...ahead.slice.files.values()];
      const results = await Promise.allSettled(paths.map(ahead.read));
      outcomes.push(results.map(({ status }) => status).join(" "));
    }
    assert.deepEqual(outcomes, [
      "fulfilled fulfilled",
      "fulfilled rejected",
      "fulfilled fulfilled",
    ]);
  });

  test("whoever stops early leaves no failure behind", async () => {
    const read = async (path: string) => {
      if (path.startsWith("2")) throw new Error("damaged");
      return file(path);
    };
    for await (const ahead of readAhead([1, 2, 3].map(slice), read)) {
      assert.equal(ahead.slice.stamp, "1");
      break;
    }
    await nextTurn();
  });

  test("no slices, no reading", async () => {
    for await (const _ of readAhead([], async () => assert.fail())) assert.fail();
  });
});
