import { stat } from "node:fs/promises";
import path from "node:path";
import { parseSliceFileName, SLICE_MS } from "../../gdelt/feeds.ts";
import type { ListRange } from "../../ingest/feed/list-scanner.ts";
import type { ListedFile } from "../../ingest/feed/listed-file.ts";
import type { Fetched, SliceFeed } from "../../ingest/feed/slice-feed.ts";
import { ConfigError } from "../../record/errors.ts";
import { FeedFileError } from "../../sources/feed-file.ts";
import { listSlices, rawFile, readFeedFile, unpackFeedFile } from "../../sources/slice-archive.ts";
import type { ObjectInfo, ObjectStore } from "../../state/object-store.ts";

/** Where the files of years are. */
export interface Archive {
  /**
   * Names each file of the range that is there, in any order, and nothing is kept of it. One may be
   * named twice: the last time counts.
   */
  survey(range: ListRange, take: (file: ListedFile) => void, signal: AbortSignal): Promise<void>;
  /** The file, checked as far as its archive has said what it should be. */
  fetch(file: ListedFile, signal: AbortSignal): Promise<Fetched>;
}

/** Sizes are looked up so many at a time. */
const STATS_AT_ONCE = 64;

/** A folder of slices; what no list names has no checksum before it is read. */
export class FolderArchive implements Archive {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async survey({ fromMs, toMs }: ListRange, take: (file: ListedFile) => void): Promise<void> {
    const { slices } = await listSlices(this.#folder, parseSliceFileName);
    const files = slices
      .filter(({ sliceMs }) => sliceMs >= fromMs && sliceMs <= toMs && sliceMs % SLICE_MS === 0)
      .flatMap(({ sliceMs, files }) => [...files].map(([feed, file]) => ({ sliceMs, feed, file })));
    for (let at = 0; at < files.length; at += STATS_AT_ONCE) {
      const some = files.slice(at, at + STATS_AT_ONCE);
      const sizes = await Promise.all(some.map(({ file }) => stat(file)));
      for (const [i, { sliceMs, feed, file }] of some.entries()) {
        take({ feed, sliceMs, name: path.basename(file), bytes: sizes[i]!.size, checksum: "" });
      }
    }
  }

  async fetch({ name }: ListedFile): Promise<Fetched> {
    return await fetched(() => readFeedFile(path.join(this.#folder, name)));
  }
}

/** Objects of a bucket that are named as slice files are, in whatever folders below its prefix. */
export class BucketArchive implements Archive {
  readonly #store: ObjectStore;
  #objects: readonly ObjectInfo[] | null = null;

  constructor(store: ObjectStore) {
    this.#store = store;
  }

  /** The name of a file is here its path. */
  async survey({ fromMs, toMs }: ListRange, take: (file: ListedFile) => void): Promise<void> {
    // Once: of years it takes a thousand requests.
    this.#objects ??= await this.#store.list("");
    for (const { path: name, size: bytes } of this.#objects) {
      const parsed = parseSliceFileName(path.posix.basename(name));
      if (parsed === null || parsed.sliceMs % SLICE_MS !== 0) continue;
      const { feed, sliceMs } = parsed;
      if (sliceMs < fromMs || sliceMs > toMs) continue;
      take({ feed, sliceMs, name, bytes, checksum: "" });
    }
  }

  async fetch({ name }: ListedFile): Promise<Fetched> {
    const bytes = await this.#store.get(name);
    if (bytes === null) return { kind: "not_there" };
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return await fetched(() => unpackFeedFile(rawFile(path.posix.basename(name), content)));
  }
}

/** GDELT's own server, or a mirror: its lists name ten years. */
export class ListedArchive implements Archive {
  readonly #feed: SliceFeed;

  constructor(feed: SliceFeed) {
    this.#feed = feed;
  }

  async survey(
    range: ListRange,
    take: (file: ListedFile) => void,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#feed.newest(signal);
    const newestMs = await this.#feed.firstMs();
    if (newestMs === null) throw new ConfigError("the source has no slice yet");
    const wanted = (file: ListedFile): false => {
      take(file);
      return false;
    };
    await this.#feed.list({ ...range, newestMs, wanted }, signal);
  }

  fetch(file: ListedFile, signal: AbortSignal): Promise<Fetched> {
    return this.#feed.fetch(file, signal);
  }
}

async function fetched(read: () => ReturnType<typeof readFeedFile>): Promise<Fetched> {
  try {
    return { kind: "whole", file: await read() };
  } catch (error) {
    if (!(error instanceof FeedFileError)) throw error;
    return { kind: "rejected", error, settled: true };
  }
}
