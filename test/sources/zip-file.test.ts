import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { zipOf } from "../../src/ingest/slice-generator/zip-writer.ts";
import { FeedFileError, type FeedFileReason } from "../../src/sources/feed-file.ts";
import { unpackZip } from "../../src/sources/zip-file.ts";

const ROWS = Buffer.from("1\tone\n2\ttwo\n".repeat(500));
const MODIFIED_MS = Date.UTC(2015, 1, 18, 23);
const rowsZip = () => zipOf("20150218230000.export.CSV", ROWS, MODIFIED_MS);

const unpack = (bytes: Buffer) =>
  unpackZip({ name: "slice.zip", bytes, fileBytes: bytes.length, checksum: "" });

const refused = (reason: FeedFileReason, message: RegExp) => (error: unknown) => {
  assert(error instanceof FeedFileError, String(error));
  assert.equal(error.reason, reason, error.message);
  assert.match(error.message, message);
  assert.match(error.message, /^slice\.zip: /);
  return true;
};

/** The zip with a number in its central directory's entry replaced. */
function withDirectoryField(zip: Buffer, at: number, size: 2 | 4, value: number): Buffer {
  const changed = Buffer.from(zip);
  changed.writeUIntLE(value, changed.indexOf("PK\x01\x02", 0, "latin1") + at, size);
  return changed;
}

describe("unpackZip", () => {
  test("unpacks the only file of a zip", async () => {
    assert.deepEqual(await unpack(await rowsZip()), ROWS);
  });

  test("a file of no bytes is legal", async () => {
    assert.equal((await unpack(await zipOf("x.gkg.csv", Buffer.alloc(0), 0))).length, 0);
  });

  test("a file of one byte and a stored file are unpacked", async () => {
    assert.equal((await unpack(await zipOf("x", Buffer.from("\n"), 0))).toString(), "\n");
    const packed = deflateRawSync(ROWS);
    const zip = await rowsZip();
    const at = zip.indexOf(packed.subarray(0, 16));
    const stored = Buffer.concat([zip.subarray(0, at), ROWS, zip.subarray(at + packed.length)]);
    const sized = withDirectoryField(withDirectoryField(stored, 10, 2, 0), 20, 4, ROWS.length);
    sized.writeUInt32LE(sized.indexOf("PK\x01\x02", 0, "latin1"), sized.length - 6);
    assert.deepEqual(await unpack(sized), ROWS);
  });

  test("a web page is not a zip, and its first bytes are quoted", async () => {
    const page = Buffer.from("<!DOCTYPE html><html><title>404 Not Found</title></html>");
    await assert.rejects(unpack(page), refused("not_a_zip", /"<!DOCTYPE html>.*404/));
  });

  test("a zip cut anywhere is truncated", async () => {
    const zip = await rowsZip();
    for (let length = 0; length < zip.length; length++) {
      await assert.rejects(unpack(zip.subarray(0, length)), refused("zip_truncated", /bytes/));
    }
  });

  test("a changed byte of the content is found by the checksum", async () => {
    const zip = await rowsZip();
    const dataAt = 30 + "20150218230000.export.CSV".length;
    const dataEnd = zip.indexOf("PK\x01\x02", 0, "latin1");
    for (let at = dataAt; at < dataEnd; at++) {
      const changed = Buffer.from(zip);
      changed[at]! ^= 0x10;
      // A changed bit in the padding after the last deflate block changes nothing.
      const unpacked = await unpack(changed).catch(refused("zip_crc_mismatch", /entry/));
      if (unpacked !== true) assert.deepEqual(unpacked, ROWS, `byte ${at}`);
    }
    const crcChanged = withDirectoryField(zip, 16, 4, 0x12345678);
    await assert.rejects(unpack(crcChanged), refused("zip_crc_mismatch", /12345678/));
  });

  test("a stated size which the content does not have is a mismatch", async () => {
    const zip = await rowsZip();
    for (const size of [0, 1, ROWS.length - 1, ROWS.length + 1]) {
      const forged = withDirectoryField(zip, 24, 4, size);
      await assert.rejects(unpack(forged), refused("zip_crc_mismatch", /size|bytes/));
    }
  });

  test("a forged size does not make it take the memory", async () => {
    const forged = withDirectoryField(await rowsZip(), 24, 4, 0xfffffff0);
    await assert.rejects(unpack(forged), refused("unreadable", /more than/));
  });

  test("a zip of no, two or only folder entries is refused", async () => {
    const empty = Buffer.alloc(22);
    empty.write("PK\x05\x06", "latin1");
    await assert.rejects(unpack(empty), refused("zip_entries", /holds 0 entries/));
    const two = await rowsZip();
    two.writeUInt16LE(2, two.length - 22 + 10);
    await assert.rejects(unpack(two), refused("zip_entries", /holds 2 entries/));
    const folder = await zipOf("gdeltv2/", Buffer.alloc(0), 0);
    await assert.rejects(unpack(folder), refused("zip_entries", /folder/));
  });

  test("an encrypted entry and an unknown compression are unreadable", async () => {
    const zip = await rowsZip();
    await assert.rejects(
      unpack(withDirectoryField(zip, 8, 2, 1)),
      refused("unreadable", /encrypted/),
    );
    await assert.rejects(
      unpack(withDirectoryField(zip, 10, 2, 12)),
      refused("unreadable", /method 12/),
    );
  });

  test("a directory that points nowhere is unreadable", async () => {
    const zip = await rowsZip();
    zip.writeUInt32LE(7, zip.length - 6);
    await assert.rejects(unpack(zip), refused("unreadable", /damaged/));
  });
});
