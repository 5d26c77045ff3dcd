import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseSliceFileName, SLICE_MS } from "../../gdelt/feeds.ts";
import { ConfigError, RetriableError } from "../../record/errors.ts";
import { FeedFileError } from "../../sources/feed-file.ts";
import {
  type ArchiveSlice,
  listSlices,
  readFeedFile,
  readRaw,
} from "../../sources/slice-archive.ts";
import type { ListedFile } from "./listed-file.ts";
import {
  FeedTrouble,
  type Fetched,
  type Listing,
  type ListQuery,
  type SliceFeed,
} from "./slice-feed.ts";

export interface FolderFeedOptions {
  readonly folder: string;
  /** Names of the feeds that are followed. */
  readonly feeds: readonly string[];
}

/** What a file's checksum was when it was read last. */
interface KnownFile {
  readonly version: string;
  readonly bytes: number;
  readonly checksum: string;
}

/**
 * A folder of slices, zipped or not, into which more may come. Its list is what lies in it: a file's
 * size and MD5 are those it has, so one that is replaced is noticed. Files should be put there by
 * renaming; one that is read while it is written is rejected, and taken again when it is whole.
 */
export class FolderFeed implements SliceFeed {
  readonly #options: FolderFeedOptions;
  readonly #known = new Map<string, KnownFile>();

  constructor(options: FolderFeedOptions) {
    this.#options = options;
  }

  async newest(): Promise<readonly ListedFile[]> {
    const newest = (await this.#slices()).at(-1);
    return newest ? this.#listed(newest) : [];
  }

  async firstMs(): Promise<number | null> {
    return (await this.#slices()).at(0)?.sliceMs ?? null;
  }

  async list({ fromMs, toMs, wanted }: ListQuery): Promise<Listing> {
    const slices = await this.#slices();
    const files: ListedFile[] = [];
    for (const slice of slices) {
      if (slice.sliceMs < fromMs || slice.sliceMs > toMs) continue;
      files.push(...(await this.#listed(slice)).filter(wanted));
    }
    const next = slices.find(({ sliceMs }) => sliceMs > toMs);
    return { files, nextMs: next?.sliceMs ?? null, badLines: 0 };
  }

  async fetch(listed: ListedFile): Promise<Fetched> {
    try {
      const file = await retriable(readFeedFile(this.#path(listed.name)));
      if (file.checksum === listed.checksum) return { kind: "whole", file };
      const raw = { ...file, bytes: NOTHING };
      const problem = "has changed since the folder was listed";
      return rejected(new FeedFileError(raw, "md5_mismatch", problem), listed);
    } catch (error) {
      if (!(error instanceof FeedFileError)) throw error;
      return isGone(error) ? { kind: "not_there" } : rejected(error, listed);
    }
  }

  /** Those with a file of a feed that is followed, in time order. */
  async #slices(): Promise<readonly ArchiveSlice[]> {
    const { folder, feeds } = this.#options;
    const { slices } = await retriable(listSlices(folder, parseSliceFileName));
    return slices.filter(
      ({ sliceMs, files }) => sliceMs % SLICE_MS === 0 && feeds.some((feed) => files.has(feed)),
    );
  }

  async #listed({ sliceMs, files }: ArchiveSlice): Promise<ListedFile[]> {
    const listed: ListedFile[] = [];
    for (const feed of this.#options.feeds) {
      const path = files.get(feed);
      const known = path === undefined ? null : await this.#know(path);
      if (path === undefined || known === null) continue;
      const { bytes, checksum } = known;
      listed.push({ feed, sliceMs, name: basename(path), bytes, checksum });
    }
    return listed;
  }

  /** Reads a file when it is new or has changed; null when it is gone. */
  async #know(path: string): Promise<KnownFile | null> {
    const found = await stat(path).catch(() => null);
    if (found === null) return null;
    const version = `${found.ino} ${found.size} ${found.mtimeMs}`;
    const known = this.#known.get(path);
    if (known?.version === version) return known;
    const checksum = await retriable(readRaw(path)).then(
      (raw) => raw.checksum,
      (error) => {
        if (error instanceof FeedFileError) return identityOf(error);
        throw error;
      },
    );
    const fresh = { version, bytes: found.size, checksum };
    this.#known.set(path, fresh);
    return fresh;
  }

  #path(name: string): string {
    return join(this.#options.folder, name);
  }
}

const NOTHING = Buffer.alloc(0);

/** What cannot be read has no checksum: the reason stands for it, as in the publisher's entries. */
const identityOf = ({ file, reason }: FeedFileError): string => file.checksum || reason;

const rejected = (error: FeedFileError, { checksum }: ListedFile): Fetched => ({
  kind: "rejected",
  error,
  settled: identityOf(error) === checksum,
});

const isGone = ({ cause }: FeedFileError): boolean =>
  (cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";

/** Whatever a folder refuses now it may give later: it may be on a disk elsewhere. */
async function retriable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (!(cause instanceof RetriableError || cause instanceof ConfigError)) throw cause;
    throw new FeedTrouble(cause.message, { cause });
  }
}
