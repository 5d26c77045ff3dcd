import { SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import type { ListRange } from "../../ingest/feed/list-scanner.ts";
import type { ListedFile } from "../../ingest/feed/listed-file.ts";
import type { Absence } from "../../ingest/file-outcome.ts";
import type { ReadFile } from "../../ingest/read-ahead.ts";
import { type FeedFile, FeedFileError } from "../../sources/feed-file.ts";
import type { ArchiveSlice } from "../../sources/slice-archive.ts";
import type { Archive } from "./archive.ts";

/** Names of so many slices are held at a time: those of years are listed in pieces. */
const PIECE_SLICES = 30 * 96;

/** Zips of GKG unpack to some four times as much, those of events to eight. */
const UNPACKED_TIMES = 6;

/** A slice whose files are here, or have failed. */
export interface ReadSlice {
  readonly slice: ArchiveSlice;
  readonly read: ReadFile;
  /** Feeds whose files were listed, and were not there. */
  readonly absences: ReadonlyMap<string, Absence>;
}

export interface AheadOptions {
  readonly archive: Archive;
  readonly range: ListRange;
  readonly feeds: readonly string[];
  /** Whether there is nothing to do with it any more: it is not read. */
  readonly isDone: (sliceMs: number) => boolean;
  readonly read: (file: ListedFile) => Promise<FeedFile | null>;
  /** Rows, unpacked, which may wait beside those of the next slice; by the sizes of their files. */
  readonly aheadBytesMax: number;
}

type Found = PromiseSettledResult<FeedFile | null>;

interface Reading {
  readonly sliceMs: number;
  readonly bytes: number;
  readonly files: readonly ListedFile[];
  readonly found: Promise<readonly Found[]>;
}

/** The slices of a range in time order, read ahead as far as there is room. */
export async function* slicesAhead(
  options: AheadOptions,
  stop: AbortSignal,
): AsyncGenerator<ReadSlice> {
  const { fromMs, toMs } = options.range;
  for (let at = fromMs; at <= toMs && !stop.aborted; at += PIECE_SLICES * SLICE_MS) {
    const piece = { fromMs: at, toMs: Math.min(toMs, at + (PIECE_SLICES - 1) * SLICE_MS) };
    yield* ofPiece(await listPiece(options, piece, stop), options);
  }
}

async function listPiece(
  { archive, feeds, isDone }: AheadOptions,
  piece: ListRange,
  stop: AbortSignal,
): Promise<ReadonlyMap<number, ReadonlyMap<string, ListedFile>>> {
  const slices = new Map<number, Map<string, ListedFile>>();
  const take = (file: ListedFile): void => {
    const { sliceMs, feed } = file;
    if (!feeds.includes(feed) || isDone(sliceMs)) return;
    const files = slices.get(sliceMs) ?? new Map<string, ListedFile>();
    slices.set(sliceMs, files.set(feed, file));
  };
  await archive.survey(piece, take, stop);
  return slices;
}

async function* ofPiece(
  listed: ReadonlyMap<number, ReadonlyMap<string, ListedFile>>,
  { read, aheadBytesMax }: AheadOptions,
): AsyncGenerator<ReadSlice> {
  const order = [...listed.keys()].sort((a, b) => a - b);
  const reading: Reading[] = [];
  let bytes = 0;
  for (let next = 0; next < order.length || reading.length > 0; ) {
    while (next < order.length && (reading.length === 0 || bytes < aheadBytesMax)) {
      const sliceMs = order[next++]!;
      const begun = begin(sliceMs, [...listed.get(sliceMs)!.values()], read);
      bytes += begun.bytes;
      reading.push(begun);
    }
    const first = reading.shift()!;
    bytes -= first.bytes;
    yield whole(first, await first.found);
  }
}

function begin(sliceMs: number, files: readonly ListedFile[], read: AheadOptions["read"]): Reading {
  const unpacked = ({ name, bytes }: ListedFile) =>
    name.toLowerCase().endsWith(".zip") ? UNPACKED_TIMES * bytes : bytes;
  return {
    sliceMs,
    files,
    bytes: files.reduce((sum, file) => sum + unpacked(file), 0),
    found: Promise.allSettled(files.map(read)),
  };
}

/** @throws what is not to be laid at the door of a file: the archive is away. */
function whole({ sliceMs, files }: Reading, found: readonly Found[]): ReadSlice {
  const names = new Map<string, string>();
  const contents = new Map<string, FeedFile | FeedFileError>();
  const absences = new Map<string, Absence>();
  for (const [i, { feed, name }] of files.entries()) {
    const one = found[i]!;
    if (one.status === "rejected" && !(one.reason instanceof FeedFileError)) throw one.reason;
    const content = one.status === "fulfilled" ? one.value : (one.reason as FeedFileError);
    if (content === null) {
      absences.set(feed, "listed_404");
      continue;
    }
    names.set(feed, name);
    contents.set(name, content);
  }
  const read: ReadFile = async (name) => {
    const content = contents.get(name)!;
    if (content instanceof FeedFileError) throw content;
    return content;
  };
  return { slice: { sliceMs, stamp: stampOf(sliceMs), files: names }, read, absences };
}
