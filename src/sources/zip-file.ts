import { crc32, inflateRaw } from "node:zlib";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { FeedFileError, firstBytes, type RawFile } from "./feed-file.ts";

/** Row offsets are 32-bit, and a forged size must not take the memory; GDELT's are below 40 MB. */
export const UNPACKED_BYTES_MAX = 1 << 29;

const LOCAL_HEADER = Buffer.from("PK\x03\x04", "latin1");
export const DIRECTORY_END = Buffer.from("PK\x05\x06", "latin1");
export const DIRECTORY_END_BYTES = 22;
export const STORED = 0;
export const DEFLATED = 8;

/** What a zip states of its entry's content. */
interface StatedContent {
  readonly uncompressedSize: number;
  readonly crc32: number;
}

/**
 * The content of a zip which holds exactly one file, inflated beside the main thread and checked
 * against the entry's size and CRC-32.
 * @throws FeedFileError `not_a_zip`, `zip_truncated`, `zip_entries`, `zip_crc_mismatch`,
 * `unreadable`.
 */
export async function unpackZip(file: RawFile): Promise<Buffer> {
  checkSignature(file);
  const zip = await openZip(file);
  const entry = await onlyEntry(file, zip);
  const packed = await packedBytes(file, zip, entry);
  const bytes = await unpack(file, entry, packed);
  checkContent(file, bytes, entry);
  return bytes;
}

/** @throws FeedFileError `zip_crc_mismatch` when the content is not the one that the zip states. */
export function checkContent(file: RawFile, bytes: Buffer, stated: StatedContent): void {
  const found = crc32(bytes);
  if (bytes.length === stated.uncompressedSize && found === stated.crc32) return;
  throw new FeedFileError(
    file,
    "zip_crc_mismatch",
    `the entry unpacks to ${bytes.length} bytes with CRC-32 ${hex(found)}, ` +
      `the zip states ${stated.uncompressedSize} bytes with ${hex(stated.crc32)}`,
  );
}

const hex = (word: number): string => word.toString(16).padStart(8, "0");

/** @throws FeedFileError when the file does not begin as a zip does. */
export function checkSignature(file: RawFile): void {
  const start = file.bytes.subarray(0, LOCAL_HEADER.length);
  if (start.equals(LOCAL_HEADER) || start.equals(DIRECTORY_END)) return;
  if (start.equals(LOCAL_HEADER.subarray(0, start.length))) {
    throw new FeedFileError(file, "zip_truncated", `there are only ${file.fileBytes} bytes`);
  }
  const found = firstBytes(file.bytes);
  throw new FeedFileError(file, "not_a_zip", `not a zip, it begins with ${found}`);
}

async function openZip(file: RawFile): Promise<ZipFile> {
  try {
    return await fromBufferPromise(file.bytes, { decodeStrings: false });
  } catch (cause) {
    // The directory stands last, so whatever is cut off takes its end mark away first.
    const endAt = file.bytes.lastIndexOf(DIRECTORY_END);
    const isThere = endAt !== -1 && endAt + DIRECTORY_END_BYTES <= file.bytes.length;
    if (isThere) throw unreadable(file, cause);
    throw truncated(file, cause);
  }
}

async function onlyEntry(file: RawFile, zip: ZipFile): Promise<Entry> {
  if (zip.entryCount !== 1) {
    throw new FeedFileError(file, "zip_entries", `holds ${zip.entryCount} entries instead of one`);
  }
  for await (const entry of entriesOf(file, zip)) {
    if (entry.fileNameRaw.at(-1) !== "/".charCodeAt(0)) return entry;
  }
  throw new FeedFileError(file, "zip_entries", "holds a folder instead of a file");
}

async function* entriesOf(file: RawFile, zip: ZipFile): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function packedBytes(file: RawFile, zip: ZipFile, entry: Entry): Promise<Buffer> {
  if (entry.isEncrypted()) throw new FeedFileError(file, "unreadable", "the entry is encrypted");
  if (entry.uncompressedSize > UNPACKED_BYTES_MAX) {
    const problem = `unpacks to ${entry.uncompressedSize} bytes, more than ${UNPACKED_BYTES_MAX}`;
    throw new FeedFileError(file, "unreadable", problem);
  }
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    return file.bytes.subarray(fileDataStart, fileDataStart + entry.compressedSize);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

async function unpack(file: RawFile, entry: Entry, packed: Buffer): Promise<Buffer> {
  if (entry.compressionMethod === STORED) return packed;
  if (entry.compressionMethod !== DEFLATED) {
    const problem = `compression method ${entry.compressionMethod} is not supported`;
    throw new FeedFileError(file, "unreadable", problem);
  }
  try {
    return await inflate(packed, entry.uncompressedSize);
  } catch (cause) {
    const problem = "the entry cannot be inflated to its stated size";
    throw new FeedFileError(file, "zip_crc_mismatch", problem, { cause });
  }
}

/**
 * One output chunk of the stated size: the default of 16 kB crosses between the threads hundreds of
 * times for one file and takes three times as long.
 */
const inflate = (packed: Buffer, size: number): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { chunkSize: Math.max(64, size + 1), maxOutputLength: Math.max(1, size) };
    inflateRaw(packed, options, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });

export const truncated = (file: RawFile, cause?: unknown): FeedFileError =>
  new FeedFileError(file, "zip_truncated", `cut off after ${file.fileBytes} bytes`, { cause });

const unreadable = (file: RawFile, cause: unknown): FeedFileError =>
  new FeedFileError(file, "unreadable", `damaged: ${(cause as Error).message}`, { cause });
