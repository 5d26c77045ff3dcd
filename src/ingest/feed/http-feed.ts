import { feedNamed, SLICE_MS } from "../../gdelt/feeds.ts";
import { ConditionalList } from "./conditional-list.ts";
import { type HttpAnswer, type HttpClient, unexpected } from "./http-client.ts";
import { ListScanner } from "./list-scanner.ts";
import type { ListedFile } from "./listed-file.ts";
import { receiveFile } from "./receive-file.ts";
import {
  FeedTrouble,
  type Fetched,
  type Listing,
  type ListQuery,
  type SliceFeed,
} from "./slice-feed.ts";

export interface HttpFeedOptions {
  /** Address of the folder with the lists and the files, `http://data.gdeltproject.org/gdeltv2/`. */
  readonly baseUrl: string;
  /** Names of the feeds that are followed. */
  readonly feeds: readonly string[];
  readonly http: HttpClient;
}

/** Of a list of all files: a line is about 107 bytes, with a translation feed's name 120. */
const SLICE_LINES_BYTES = 3 * 128;
/** A list may name slices a little out of order. */
const MARGIN_MS = 24 * 3_600_000;
/** Larger than any list: whoever has not found the beginning by then asks for all of it. */
const END_BYTES_MAX = 1 << 28;
/** A look is for some weeks of slices. A list with so many files in them is broken. */
const FILES_MAX = 100_000;

/** GDELT's own protocol: two lists of the newest files, two of all files, and the files. */
export class HttpFeed implements SliceFeed {
  readonly #options: HttpFeedOptions;
  /** What stands before `.txt` in the names of the lists that are followed. */
  readonly #suffixes: readonly string[];
  readonly #newest: readonly ConditionalList[];
  #shownMs: number | null = null;

  constructor(options: HttpFeedOptions) {
    const { baseUrl, feeds, http } = options;
    this.#options = options;
    this.#suffixes = [
      ...new Set(feeds.map((feed) => (feedNamed(feed).translation ? "-translation" : ""))),
    ];
    this.#newest = this.#suffixes.map(
      (suffix) => new ConditionalList(`${baseUrl}lastupdate${suffix}.txt`, http),
    );
  }

  async newest(signal: AbortSignal): Promise<readonly ListedFile[]> {
    const lists = await Promise.all(this.#newest.map((list) => list.read(signal)));
    const files = lists.flat().filter(({ feed }) => this.#options.feeds.includes(feed));
    if (files.length > 0) this.#shownMs = Math.max(...files.map(({ sliceMs }) => sliceMs));
    return files;
  }

  /** The newest slice: nobody asks for ten years unless he says so. */
  async firstMs(): Promise<number | null> {
    return this.#shownMs;
  }

  async list(query: ListQuery, signal: AbortSignal): Promise<Listing> {
    const listings: Listing[] = [];
    for (const suffix of this.#suffixes) {
      const url = `${this.#options.baseUrl}masterfilelist${suffix}.txt`;
      listings.push(await this.#readList(url, query, signal));
    }
    const nexts = listings.map(({ nextMs }) => nextMs).filter((nextMs) => nextMs !== null);
    return {
      files: listings.flatMap(({ files }) => files),
      nextMs: nexts.length === 0 ? null : Math.min(...nexts),
      badLines: listings.reduce((sum, { badLines }) => sum + badLines, 0),
    };
  }

  fetch(file: ListedFile, signal: AbortSignal): Promise<Fetched> {
    const url = this.#options.baseUrl + file.name;
    return this.#options.http.get(url, {}, signal, async (answer) => {
      if (answer.status === 404 || answer.status === 410) return { kind: "not_there" };
      if (answer.status !== 200) throw unexpected(url, answer);
      return receiveFile(file, answer.body);
    });
  }

  /**
   * New slices stand at the end, so the end is asked for, as long as the range should need; if it
   * begins too late, four times as much; a server that knows no ranges sends it all.
   */
  async #readList(url: string, query: ListQuery, signal: AbortSignal): Promise<Listing> {
    const slices = Math.max(1, (query.newestMs + MARGIN_MS - query.fromMs) / SLICE_MS);
    let bytes = Math.ceil(slices) * SLICE_LINES_BYTES;
    for (; bytes <= END_BYTES_MAX; bytes *= 4) {
      const range = { range: `bytes=-${bytes}` };
      const listing = await this.#readFrom(url, range, query, signal);
      if (listing) return listing;
    }
    const listing = await this.#readFrom(url, {}, query, signal);
    if (listing) return listing;
    throw new FeedTrouble(`${url}: sends only a part of it when asked for all`);
  }

  /** Null when what comes begins too late. */
  #readFrom(
    url: string,
    range: Readonly<Record<string, string>>,
    query: ListQuery,
    signal: AbortSignal,
  ): Promise<Listing | null> {
    return this.#options.http.get(url, range, signal, async (answer) => {
      if (answer.status === 416 && "range" in range) return null;
      const startsAt = startOf(answer);
      if (startsAt === null) throw unexpected(url, answer);
      const files = new Map<string, ListedFile>();
      const scanner = new ListScanner(query, startsAt > 0, (file) => {
        if (!this.#options.feeds.includes(file.feed)) return;
        if (query.wanted(file)) files.set(file.name, file);
        else files.delete(file.name);
        if (files.size > FILES_MAX)
          throw new FeedTrouble(`${url}: names more files than there are`);
      });
      for await (const chunk of answer.body) {
        scanner.write(chunk);
        if (startsAt > 0 && scanner.hasBegun && !scanner.beginsBeforeRange) return null;
      }
      scanner.end();
      if (startsAt > 0 && !scanner.beginsBeforeRange) return null;
      const { nextMs, badLines } = scanner;
      return { files: [...files.values()], nextMs, badLines };
    });
  }
}

/** Where in the list the answer starts; null if it is none. */
function startOf({ status, headers }: HttpAnswer): number | null {
  if (status === 200) return 0;
  const [, start] = /^bytes (\d+)-/.exec(headers.get("content-range") ?? "") ?? [];
  return status === 206 && start !== undefined ? Number(start) : null;
}
