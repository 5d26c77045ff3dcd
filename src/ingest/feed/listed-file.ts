import { parseSliceFileName, SLICE_MS } from "../../gdelt/feeds.ts";

/** A file of a slice as a list of the feed names it. */
export interface ListedFile {
  readonly feed: string;
  readonly sliceMs: number;
  readonly name: string;
  /** Size as listed. */
  readonly bytes: number;
  /** As listed: MD5 in hex of a zip; of another file in a folder as `RawFile` has it. */
  readonly checksum: string;
}

const LINE = /^(\d{1,12}) ([0-9a-f]{32}) (\S+)\s*$/i;

/**
 * A line of `lastupdate.txt` or `masterfilelist.txt`: `<bytes> <MD5> <address>`; null if it is none,
 * or names something else than the zip of a slice's feed. Of the address only the file's name
 * counts: a file is where its list is, so that a mirror works as it was copied.
 */
export function parseListLine(line: string): ListedFile | null {
  const [, bytes, md5, address] = LINE.exec(line) ?? [];
  if (!bytes || !md5 || !address) return null;
  const name = address.slice(address.lastIndexOf("/") + 1);
  const parsed = parseSliceFileName(name);
  if (!parsed?.zipped || parsed.sliceMs % SLICE_MS !== 0) return null;
  const { feed, sliceMs } = parsed;
  return { feed, sliceMs, name, bytes: Number(bytes), checksum: md5.toLowerCase() };
}
