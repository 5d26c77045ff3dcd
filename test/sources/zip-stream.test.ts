import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Random } from "../../src/ingest/slice-generator/random.ts";
import { zipOf } from "../../src/ingest/slice-generator/zip-writer.ts";
import { FeedFileError, type RawFile } from "../../src/sources/feed-file.ts";
import { unpackZip } from "../../src/sources/zip-file.ts";
import { ZipStream } from "../../src/sources/zip-stream.ts";
import { propertyRuns } from "./property-runs.ts";

const ROWS = Buffer.from("1\tone\n2\ttwo\n".repeat(500));
const NAME = "20150218230000.export.CSV";

const rawFile = (bytes: Buffer): RawFile => ({
  name: "slice.zip",
  bytes,
  fileBytes: bytes.length,
  checksum: "",
});

/** Bytes which come in pieces of any size, also none. */
async function unpackStream(zip: Buffer, nextSize: () => number): Promise<Buffer> {
  const stream = new ZipStream();
  try {
    for (let at = 0; at < zip.length; ) {
      const size = nextSize();
      await stream.write(zip.subarray(at, at + size));
      at += size;
    }
    return await stream.finish(rawFile(zip));
  } finally {
    stream.close();
  }
}

const whole = (zip: Buffer) => unpackStream(zip, () => zip.length);

/** The content, or the reason why there is none. */
const outcome = (unpacking: Promise<Buffer>): Promise<string> =>
  unpacking.then(
    (bytes) => `unpacked ${bytes.toString("latin1")}`,
    (error) => {
      assert(error instanceof FeedFileError, error);
      return error.reason;
    },
  );

describe("ZipStream", () => {
  test("unpacks a zip whatever the pieces it comes in", async () => {
    const zip = await zipOf(NAME, ROWS, 0);
    for (const size of [1, 2, 29, 30, 31, 1000, zip.length]) {
      assert.deepEqual(await unpackStream(zip, () => size), ROWS, `pieces of ${size}`);
    }
  });

  test("unpacks files of no bytes, of one, and of many chunks", async () => {
    const random = new Random(1);
    const large = Buffer.from(Array.from({ length: 3_000_000 }, () => random.below(7)));
    for (const content of [Buffer.alloc(0), Buffer.from("\n"), large]) {
      assert.deepEqual(await whole(await zipOf(NAME, content, 0)), content);
    }
  });

  test("needs no size before the content: those of a stream written on the way have none", async () => {
    const zip = await zipOf(NAME, ROWS, 0);
    zip.writeUInt16LE(8, 6);
    zip.fill(0, 14, 26);
    assert.deepEqual(await unpackStream(zip, () => 500), ROWS);
  });

  test("a size stated before the content takes no memory and decides nothing", async () => {
    const zip = await zipOf(NAME, ROWS, 0);
    for (const size of [1, 100, 0x1fff_ffff, 0xffff_ffff]) {
      zip.writeUInt32LE(size, 22);
      assert.deepEqual(await whole(zip), ROWS);
    }
  });

  test("what is not a zip, or holds more than one file, is told at the end", async () => {
    const page = Buffer.from("<!DOCTYPE html><html><title>404 Not Found</title></html>");
    assert.equal(await outcome(whole(page)), "not_a_zip");
    assert.equal(await outcome(whole(Buffer.alloc(0))), "zip_truncated");
    const two = await zipOf(NAME, ROWS, 0);
    two.writeUInt16LE(2, two.length - 22 + 10);
    assert.equal(await outcome(whole(two)), "zip_entries");
  });

  test("given up halfway, it ends", async () => {
    const zip = await zipOf(NAME, ROWS, 0);
    const stream = new ZipStream();
    await stream.write(zip.subarray(0, 60));
    stream.close();
    await stream.write(zip.subarray(60, 90));
  });

  test("agrees with unpackZip on zips that are cut off or damaged", async () => {
    const deflated = await zipOf(NAME, ROWS, 0);
    const small = await zipOf("x", Buffer.from("1\n"), 0);
    const folder = await zipOf("x/", Buffer.alloc(0), 0);
    const damage = fc.record({
      // Mostly in the directory and its end mark: there stands what is checked.
      fromEnd: fc.boolean(),
      at: fc.nat({ max: 120 }),
      bits: fc.integer({ min: 1, max: 255 }),
    });
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(deflated, small, folder),
        fc.array(damage, { maxLength: 2 }),
        fc.option(fc.nat({ max: 300 })),
        fc.integer({ min: 1, max: 400 }),
        async (zip, damages, cut, size) => {
          const bytes = Buffer.from(zip.subarray(0, zip.length - (cut ?? 0)));
          for (const { fromEnd, at, bits } of damages) {
            const where = fromEnd ? bytes.length - 1 - at : at;
            if (where >= 0 && where < bytes.length) bytes[where]! ^= bits;
          }
          const expected = await outcome(unpackZip(rawFile(bytes)));
          const found = await outcome(unpackStream(bytes, () => size));
          seen.add(expected.split(" ")[0]!);
          // Of several faults each may name another; and the local header counts here alone.
          const isRefused = damages.length > 0 && !found.startsWith("unpacked");
          assert(isRefused || found === expected, `${expected} by unpackZip, here ${found}`);
        },
      ),
      propertyRuns(1000),
    );
    const reasons = ["not_a_zip", "unpacked", "unreadable", "zip_crc_mismatch", "zip_entries"];
    assert.deepEqual([...seen].sort(), [...reasons, "zip_truncated"]);
  });
});
