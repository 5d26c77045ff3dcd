import { hash } from "node:crypto";
import type { Dirent } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import { ConfigError, RetriableError } from "../record/errors.ts";
import { type FeedFile, FeedFileError, firstBytes, type RawFile } from "./feed-file.ts";
import { unpackZip } from "./zip-file.ts";

/** What a file's name says; null for a file which is no slice's. */
type ParseName = (name: string) => {
  readonly feed: string;
  readonly stamp: string;
  readonly sliceMs: number;
  readonly zipped: boolean;
} | null;

/** The files that there are of one slice. */
export interface ArchiveSlice {
  readonly sliceMs: number;
  readonly stamp: string;
  /** Path of each feed's file; a feed without one is missing. */
  readonly files: ReadonlyMap<string, string>;
}

export interface SliceListing {
  /** In time order. */
  readonly slices: readonly ArchiveSlice[];
  /** Names of files passed over because the same feed of the same slice is there otherwise too. */
  readonly duplicates: readonly string[];
  /** Names of files which are no slice's. */
  readonly ignored: readonly string[];
}

/**
 * The slices in a folder (not those below it), by their files' names alone. Of a file that is there
 * both zipped and unpacked the zip is taken: it has a checksum.
 * @throws ConfigError when the folder cannot be listed.
 */
export async function listSlices(folder: string, parseName: ParseName): Promise<SliceListing> {
  const slices = new Map<number, { sliceMs: number; stamp: string; files: Map<string, string> }>();
  const duplicates: string[] = [];
  const ignored: string[] = [];
  const found = [];
  for (const name of await fileNames(folder)) {
    const parsed = parseName(name);
    if (parsed) found.push({ name, ...parsed });
    else ignored.push(name);
  }
  found.sort((a, b) => a.sliceMs - b.sliceMs || Number(b.zipped) - Number(a.zipped));
  for (const { name, feed, stamp, sliceMs } of found) {
    const slice = slices.get(sliceMs) ?? { sliceMs, stamp, files: new Map<string, string>() };
    slices.set(sliceMs, slice);
    if (slice.files.has(feed)) duplicates.push(name);
    else slice.files.set(feed, join(folder, name));
  }
  return { slices: [...slices.values()], duplicates, ignored };
}

async function fileNames(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (cause) {
    throw new ConfigError(`the folder of slices ${folder} cannot be listed`, { cause });
  }
  // The order of readdir differs between file systems; the listing must not.
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * A feed's file with its rows unpacked; an empty one is legal. Inflating runs beside the main
 * thread.
 * @throws FeedFileError when no row of it can be read. @throws RetriableError when it may go later.
 */
export async function readFeedFile(path: string): Promise<FeedFile> {
  return await unpackFeedFile(await readRaw(path));
}

/** The same of one that is in memory, wherever it is from. @throws FeedFileError */
export async function unpackFeedFile(file: RawFile): Promise<FeedFile> {
  const zipped = file.name.toLowerCase().endsWith(".zip");
  const bytes = zipped ? await unpackZip(file) : file.bytes;
  checkFeed(file, bytes);
  return { name: file.name, bytes, checksum: file.checksum, fileBytes: file.fileBytes };
}

/** What the operating system says when it is short of something rather than without the file. */
const SHORTAGES = new Set(["EMFILE", "ENFILE", "EAGAIN", "EBUSY", "ENOMEM", "ETIMEDOUT"]);

const checksumOf = (name: string, bytes: Buffer): string =>
  name.toLowerCase().endsWith(".zip")
    ? hash("md5", bytes)
    : `crc32-${crc32(bytes).toString(16).padStart(8, "0")}-${bytes.length}`;

/** A file as it was found, whole. */
export const rawFile = (name: string, bytes: Buffer): RawFile => ({
  name,
  bytes,
  fileBytes: bytes.length,
  checksum: checksumOf(name, bytes),
});

/**
 * A file as it lies in the folder.
 * @throws FeedFileError `unreadable`. @throws RetriableError when it may go later.
 */
export async function readRaw(path: string): Promise<RawFile> {
  const name = basename(path);
  try {
    const bytes = await readFile(path);
    return rawFile(name, bytes);
  } catch (cause) {
    const { code = "unknown" } = cause as NodeJS.ErrnoException;
    if (SHORTAGES.has(code)) throw new RetriableError(`${path}: ${code} on reading`, { cause });
    const unread = { name, bytes: Buffer.alloc(0), fileBytes: 0, checksum: "" };
    throw new FeedFileError(unread, "unreadable", `${code} on reading it`, { cause });
  }
}

/**
 * A row begins with a number. Only what is surely something else is refused as a whole.
 * @throws FeedFileError `not_a_feed`.
 */
export function checkFeed(file: RawFile, bytes: Buffer): void {
  const start = bytes.toString("utf8", 0, 64);
  if (!/^\ufeff?\s*</.test(start) && !start.startsWith("PK\x03\x04")) return;
  const problem = `not rows of a feed, it begins with ${firstBytes(bytes)}`;
  throw new FeedFileError(file, "not_a_feed", problem);
}
