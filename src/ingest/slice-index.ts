import { parseStamp } from "../gdelt/feeds.ts";
import type { FeedStatus, LogEntry, SliceEntry } from "./slice-entry.ts";

/** What is known about a feed of a slice. */
interface FeedState {
  /** `published` stays: what a later, unusable file says takes no row back. */
  readonly status: FeedStatus;
  /** Identities of the files which were published or rejected already. */
  readonly seen: readonly string[];
}

export interface SliceState {
  readonly attempt: number;
  /** The feeds which have to close the attempt, and those which have. */
  readonly expected: readonly string[];
  readonly closed: ReadonlySet<string>;
  /** What the attempt's end markers have said so far: it must not be contradicted. */
  readonly missing: readonly string[];
  readonly feeds: ReadonlyMap<string, FeedState>;
}

/** Not a property of the file but of the list it was compared with: the next list may agree. */
const MISMATCHES: readonly (string | null)[] = ["size_mismatch", "md5_mismatch"];

/** How a file is recognised: by its content, or by what went wrong if there is none. */
export function fileIdentity(checksum: string | null, reason: string | null): string {
  if (!checksum) return reason ?? "";
  return MISMATCHES.includes(reason) ? `${reason} ${checksum}` : checksum;
}

/** What has been published, for those who only read it. */
export type PublishedSlices = Omit<SliceIndex, "apply">;

/**
 * What has been published, from the entries in their order: all of it within the retention, and of
 * older slices (nothing can be published in them any more) only which feeds they have.
 */
export class SliceIndex {
  #newestMs = Number.NEGATIVE_INFINITY;
  #oldestMs = Number.POSITIVE_INFINITY;
  #ended = false;
  #partitions: number | null = null;
  readonly #retentionMs: number;
  readonly #configured: ReadonlySet<string>;
  readonly #slices = new Map<number, SliceState>();
  readonly #open = new Set<number>();
  readonly #published = new Map<number, readonly string[]>();
  /** One array for all slices that have the same feeds: years of them are kept. */
  readonly #feedLists = new Map<string, readonly string[]>();
  readonly #refused = new Set<string>();

  constructor(options: { readonly retentionMs: number; readonly feeds: readonly string[] }) {
    this.#retentionMs = options.retentionMs;
    this.#configured = new Set(options.feeds);
  }

  /** Time of the newest slice, -Infinity when there is none. */
  get newestMs(): number {
    return this.#newestMs;
  }

  /** Time of the oldest slice ever published, Infinity when there is none. */
  get oldestMs(): number {
    return this.#oldestMs;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Slices with an attempt which some feeds have closed and others not: at most one. */
  get open(): ReadonlySet<number> {
    return this.#open;
  }

  /** How many partitions are published to, once that was changed; null before. */
  get partitions(): number | null {
    return this.#partitions;
  }

  isTooOld(sliceMs: number): boolean {
    return sliceMs < this.#newestMs - this.#retentionMs;
  }

  /** Null for a slice never published, and for one older than the retention. */
  slice(sliceMs: number): SliceState | null {
    return this.#slices.get(sliceMs) ?? null;
  }

  /** Feeds of the slice which have been published, at any age; null for a slice never published. */
  publishedFeeds(sliceMs: number): readonly string[] | null {
    const slice = this.#slices.get(sliceMs);
    return slice ? publishedIn(slice) : (this.#published.get(sliceMs) ?? null);
  }

  /** Whether a file of this content was published or rejected before, within the retention. */
  hasFile(sliceMs: number, feed: string, checksum: string): boolean {
    return this.#slices.get(sliceMs)?.feeds.get(feed)?.seen.includes(checksum) ?? false;
  }

  /** Whether the file was refused as too old before. */
  isRefused(entry: Pick<SliceEntry, "slice" | "feed" | "file">): boolean {
    return this.#refused.has(refusal(entry));
  }

  apply(entry: LogEntry): void {
    if (entry.status === "end_of_stream") {
      this.#ended = true;
    } else if (entry.status === "rescaled") {
      this.#partitions = entry.partitions;
    } else if (entry.attempt === 0) {
      this.#refused.add(refusal(entry));
    } else {
      this.#close(entry);
    }
  }

  #close(entry: SliceEntry): void {
    const sliceMs = parseStamp(entry.slice)!;
    const before = this.#slices.get(sliceMs);
    const same = before?.attempt === entry.attempt ? before : null;
    const closed = new Set(same?.closed).add(entry.feed);
    const known = before?.feeds.get(entry.feed);
    const seen = known?.seen ?? [];
    const identity = fileIdentity(entry.checksum, entry.reason);
    const state: FeedState = {
      status: known?.status === "published" ? "published" : entry.status,
      seen: entry.file === null ? seen : [...seen, identity],
    };
    this.#slices.set(sliceMs, {
      attempt: entry.attempt,
      expected: entry.feeds,
      closed,
      missing: [...new Set([...(same?.missing ?? []), ...entry.missing])],
      feeds: new Map(before?.feeds).set(entry.feed, state),
    });
    // A feed that is no longer configured will not close anything.
    const waiting = entry.feeds.some((feed) => this.#configured.has(feed) && !closed.has(feed));
    if (waiting) this.#open.add(sliceMs);
    else this.#open.delete(sliceMs);
    this.#oldestMs = Math.min(this.#oldestMs, sliceMs);
    if (sliceMs > this.#newestMs) {
      this.#newestMs = sliceMs;
      this.#forgetOld();
    }
  }

  /** Slices come nearly in time order, so the first one that is young ends the search. */
  #forgetOld(): void {
    for (const [sliceMs, slice] of this.#slices) {
      if (!this.isTooOld(sliceMs) || this.#open.has(sliceMs)) return;
      const feeds = publishedIn(slice);
      const name = feeds.join();
      const list = this.#feedLists.get(name) ?? feeds;
      this.#feedLists.set(name, list);
      this.#published.set(sliceMs, list);
      this.#slices.delete(sliceMs);
    }
  }
}

const refusal = ({ slice, feed, file }: Pick<SliceEntry, "slice" | "feed" | "file">): string =>
  `${slice} ${feed} ${file}`;

const publishedIn = (slice: SliceState): string[] =>
  [...slice.feeds].filter(([, { status }]) => status === "published").map(([feed]) => feed);
