import { promisify } from "node:util";
import {
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from "node:zlib";
import { ConfigError, TaskCorruptedError } from "../../../record/errors.ts";

/** How a batch's records are compressed when we write them. */
export type Compression = "none" | "gzip" | "zstd";

/** What the attributes of a batch say. */
export const COMPRESSION_CODES: Readonly<Record<Compression, number>> = {
  none: 0,
  gzip: 1,
  zstd: 4,
};

const UNREADABLE: Readonly<Record<number, string>> = { 2: "snappy", 3: "lz4" };

/** A batch that claims to hold more is damaged, or meant to fill the memory. */
const DECOMPRESSED_BYTES_MAX = 256 << 20;

/** From so many bytes on it pays to have them worked on beside the main thread. */
const BESIDE_BYTES = 64 << 10;

/** What is made grows in pieces of so many bytes: in Node's own, of 16 kB, it takes twice as long. */
const CHUNK_BYTES_MAX = 1 << 20;
const CHUNK_BYTES_MIN = 64 << 10;

const compressors = {
  gzip: { now: gzipSync, beside: promisify(gzip) },
  zstd: { now: zstdCompressSync, beside: promisify(zstdCompress) },
};
const decompressors = {
  1: { now: gunzipSync, beside: promisify(gunzip) },
  4: { now: zstdDecompressSync, beside: promisify(zstdDecompress) },
};

export async function compress(bytes: Uint8Array, how: Compression): Promise<Uint8Array> {
  if (how === "none") return bytes;
  const { now, beside } = compressors[how];
  const options = { chunkSize: chunkFor(bytes.length) };
  return bytes.length < BESIDE_BYTES ? now(bytes, options) : beside(bytes, options);
}

/**
 * The records of a batch, compressed with what `code` says.
 * @throws ConfigError for a compression that cannot be read here.
 */
export async function decompress(
  bytes: Uint8Array,
  code: number,
  where: string,
): Promise<Uint8Array> {
  if (code === 0) return bytes;
  if (code !== 1 && code !== 4) {
    throw new ConfigError(
      `${where} is compressed with ${UNREADABLE[code] ?? `codec ${code}`}, which cannot be read: set ` +
        "compression.type of its producer, or of its topic, to zstd, gzip or none",
    );
  }
  const { now, beside } = decompressors[code];
  const options = {
    chunkSize: chunkFor(bytes.length * 8),
    maxOutputLength: DECOMPRESSED_BYTES_MAX,
  };
  try {
    const records =
      bytes.length < BESIDE_BYTES ? now(bytes, options) : await beside(bytes, options);
    return compact(records);
  } catch (cause) {
    const message = `${where} cannot be decompressed: read another replica, or reset`;
    throw new TaskCorruptedError(message, { cause });
  }
}

/** A few rows would keep the whole piece in memory that they were made in. */
const compact = (records: Uint8Array): Uint8Array =>
  records.byteLength * 2 > records.buffer.byteLength ? records : new Uint8Array(records);

const chunkFor = (bytes: number): number =>
  Math.min(CHUNK_BYTES_MAX, Math.max(CHUNK_BYTES_MIN, bytes));
