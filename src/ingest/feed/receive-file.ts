import { createHash } from "node:crypto";
import { FeedFileError, type RawFile } from "../../sources/feed-file.ts";
import { checkFeed } from "../../sources/slice-archive.ts";
import { ZipStream } from "../../sources/zip-stream.ts";
import type { ListedFile } from "./listed-file.ts";
import type { Fetched } from "./slice-feed.ts";

/** The beginning of a file is kept while it comes: if it is rejected, it goes to the dead letters. */
const HEAD_BYTES = 65_536;

/**
 * Takes in a file as it comes over the wire: counted, hashed and unpacked at once, so that only its
 * rows are ever whole in memory. What is larger than the list says is not received to its end.
 */
export async function receiveFile(
  listed: ListedFile,
  body: AsyncIterable<Buffer>,
): Promise<Fetched> {
  const md5 = createHash("md5");
  const zip = new ZipStream();
  const head: Buffer[] = [];
  let fileBytes = 0;
  try {
    for await (const chunk of body) {
      if (fileBytes < HEAD_BYTES) head.push(Buffer.from(chunk.subarray(0, HEAD_BYTES - fileBytes)));
      fileBytes += chunk.length;
      if (fileBytes > listed.bytes) break;
      md5.update(chunk);
      await zip.write(chunk);
    }
    const isWhole = fileBytes <= listed.bytes;
    const checksum = isWhole ? md5.digest("hex") : "";
    const raw = { name: listed.name, bytes: Buffer.concat(head), fileBytes, checksum };
    return await check(listed, raw, zip);
  } finally {
    zip.close();
  }
}

async function check(listed: ListedFile, raw: RawFile, zip: ZipStream): Promise<Fetched> {
  const mismatch = mismatchOf(listed, raw);
  try {
    const bytes = await zip.finish(raw);
    if (mismatch) return { kind: "rejected", error: mismatch, settled: false };
    checkFeed(raw, bytes);
    const { name, checksum, fileBytes } = raw;
    return { kind: "whole", file: { name, bytes, checksum, fileBytes } };
  } catch (error) {
    if (!(error instanceof FeedFileError)) throw error;
    // A web page says more than that it has not the size of the zip.
    const isMismatch = mismatch !== null && error.reason !== "not_a_zip";
    return { kind: "rejected", error: isMismatch ? mismatch : error, settled: mismatch === null };
  }
}

function mismatchOf(listed: ListedFile, raw: RawFile): FeedFileError | null {
  if (raw.fileBytes !== listed.bytes) {
    const found = `${raw.fileBytes}${raw.checksum === "" ? " or more" : ""}`;
    const problem = `has ${found} bytes, the list says ${listed.bytes}`;
    return new FeedFileError(raw, "size_mismatch", problem);
  }
  if (raw.checksum === listed.checksum) return null;
  const problem = `has the MD5 ${raw.checksum}, the list says ${listed.checksum}`;
  return new FeedFileError(raw, "md5_mismatch", problem);
}
