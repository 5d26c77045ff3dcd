import { promisify } from "node:util";
import { gunzip, gzip, zstdCompress, zstdDecompress } from "node:zlib";
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

const compressors = { gzip: promisify(gzip), zstd: promisify(zstdCompress) };
const decompressors = { 1: promisify(gunzip), 4: promisify(zstdDecompress) };

export async function compress(bytes: Uint8Array, how: Compression): Promise<Uint8Array> {
  return how === "none" ? bytes : compressors[how](bytes);
}

/**
 * The records of a batch, compressed with what `code` says. It works beside the main thread.
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
  try {
    return await decompressors[code](bytes, { maxOutputLength: DECOMPRESSED_BYTES_MAX });
  } catch (cause) {
    throw new TaskCorruptedError(
      `${where} cannot be decompressed: read another replica, or reset`,
      {
        cause,
      },
    );
  }
}
