import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { crc32 } from "node:zlib";
import { parseSliceFileName } from "../../src/gdelt/feeds.ts";
import { zipOf } from "../../src/ingest/slice-generator/zip-writer.ts";
import { ConfigError } from "../../src/record/errors.ts";
import { FeedFileError, type FeedFileReason } from "../../src/sources/feed-file.ts";
import { listSlices, readFeedFile } from "../../src/sources/slice-archive.ts";

let scratch: string;
before(async () => {
  scratch = await mkdtemp(join(tmpdir(), "slice-archive-"));
});
after(() => rm(scratch, { recursive: true }));

async function folderOf(...names: readonly string[]): Promise<string> {
  const folder = await mkdtemp(join(scratch, "folder-"));
  for (const name of names) await writeFile(join(folder, name), "");
  return folder;
}

describe("listSlices", () => {
  test("groups files by slice in time order, whatever their order and case", async () => {
    const folder = await folderOf(
      "20150218231500.EXPORT.csv.ZIP",
      "20150218230000.gkg.csv.zip",
      "20150218230000.export.CSV",
      "20141231234500.translation.mentions.CSV.zip",
    );
    const { slices, duplicates, ignored } = await listSlices(folder, parseSliceFileName);
    assert.deepEqual(slices, [
      {
        sliceMs: Date.UTC(2014, 11, 31, 23, 45),
        stamp: "20141231234500",
        files: new Map([
          ["mentions.translation", join(folder, "20141231234500.translation.mentions.CSV.zip")],
        ]),
      },
      {
        sliceMs: Date.UTC(2015, 1, 18, 23),
        stamp: "20150218230000",
        files: new Map([
          ["gkg", join(folder, "20150218230000.gkg.csv.zip")],
          ["events", join(folder, "20150218230000.export.CSV")],
        ]),
      },
      {
        sliceMs: Date.UTC(2015, 1, 18, 23, 15),
        stamp: "20150218231500",
        files: new Map([["events", join(folder, "20150218231500.EXPORT.csv.ZIP")]]),
      },
    ]);
    assert.deepEqual([duplicates, ignored], [[], []]);
  });

  test("takes the zip of a file which is there unpacked too, and names the other", async () => {
    const folder = await folderOf(
      "20150218230000.export.CSV",
      "20150218230000.export.CSV.zip",
      "20150218230000.export.csv",
    );
    const { slices, duplicates } = await listSlices(folder, parseSliceFileName);
    const taken = slices.map(({ files }) => [...files.values()]);
    assert.deepEqual(taken, [[join(folder, "20150218230000.export.CSV.zip")]]);
    assert.deepEqual(duplicates, ["20150218230000.export.CSV", "20150218230000.export.csv"]);
  });

  test("names what is no slice, and does not look into folders", async () => {
    const folder = await folderOf("masterfilelist.txt", "20150218230000.gkg.first50.csv");
    await mkdir(join(folder, "20150218230000.gkg.csv"));
    const listing = await listSlices(folder, parseSliceFileName);
    assert.deepEqual(listing, {
      slices: [],
      duplicates: [],
      ignored: ["20150218230000.gkg.first50.csv", "masterfilelist.txt"],
    });
  });

  test("a folder that is not there is the operator's error", async () => {
    await assert.rejects(
      listSlices(join(scratch, "nowhere"), parseSliceFileName),
      (error) => error instanceof ConfigError && error.cause instanceof Error,
    );
  });
});

describe("readFeedFile", () => {
  const rows = Buffer.from("410412347\t20140218\n410412348\t20140218\n");

  async function written(name: string, content: Buffer | string): Promise<string> {
    const path = join(await folderOf(), name);
    await writeFile(path, content);
    return path;
  }

  const rejects = async (path: string, reason: FeedFileReason, message: RegExp) => {
    await assert.rejects(readFeedFile(path), (error) => {
      assert(error instanceof FeedFileError, String(error));
      assert.equal(error.reason, reason);
      assert.match(error.message, message);
      return true;
    });
  };

  test("gives the rows of a zip, with size and MD5 of the zip", async () => {
    const zip = await zipOf("20150218230000.export.CSV", rows, 0);
    const path = await written("20150218230000.export.CSV.zip", zip);
    assert.deepEqual(await readFeedFile(path), {
      name: "20150218230000.export.CSV.zip",
      bytes: rows,
      checksum: hash("md5", zip),
      fileBytes: zip.length,
    });
  });

  test("gives the rows of an unpacked file, and of an empty one none", async () => {
    const path = await written("20150218230000.export.CSV", rows);
    assert.deepEqual(await readFeedFile(path), {
      name: "20150218230000.export.CSV",
      bytes: rows,
      checksum: `crc32-${crc32(rows).toString(16).padStart(8, "0")}-${rows.length}`,
      fileBytes: rows.length,
    });
    const empty = await readFeedFile(await written("20150218230000.gkg.csv", ""));
    assert.equal(empty.bytes.length, 0);
  });

  test("a web page instead of rows is found, unpacked or in a zip", async () => {
    const page = Buffer.from("\ufeff\r\n  <html><body>502 Bad Gateway</body></html>");
    const zip = await zipOf("page", page, 0);
    const message = /begins with ".*<html>/;
    await rejects(await written("20150218230000.gkg.csv", page), "not_a_feed", message);
    await rejects(await written("20150218230000.gkg.csv.zip", zip), "not_a_feed", message);
  });

  test("a zip named as an unpacked file is not taken for rows", async () => {
    const zip = await zipOf("20150218230000.export.CSV", rows, 0);
    await rejects(await written("20150218230000.export.CSV", zip), "not_a_feed", /PK/);
  });

  test("a row that is not as it should be is not the file's fault", async () => {
    const path = await written("20150218230000.export.CSV", "\tno id\n< 5 dead\n");
    assert.equal((await readFeedFile(path)).bytes.length, 16);
  });

  test("the error has the file as found, so that it can be kept", async () => {
    const path = await written("20150218230000.gkg.csv.zip", "<html>");
    const error = await readFeedFile(path).catch((caught) => caught);
    assert(error instanceof FeedFileError);
    assert.equal(error.file.bytes.toString(), "<html>");
    assert.equal(error.file.checksum, hash("md5", "<html>"));
  });

  test("a file that is gone, or may not be read, is unreadable", async (t) => {
    await rejects(join(scratch, "20150218230000.gkg.csv"), "unreadable", /ENOENT/);
    await rejects(scratch, "unreadable", /EISDIR/);
    if (process.getuid?.() === 0) return t.diagnostic("root may read everything: not tried");
    const path = await written("20150218230000.gkg.csv", rows);
    await chmod(path, 0);
    await rejects(path, "unreadable", /EACCES/);
  });
});
