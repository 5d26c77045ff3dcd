import type { FeedStatus } from "../ingest/slice-entry.ts";

/** A row of `bronze.slices`: how a feed has closed an attempt at a slice. */
export interface Entry {
  readonly offset: number;
  readonly sliceMs: number;
  /** 0: refused, nothing was published or closed; and for the end of the stream. */
  readonly attempt: number;
  readonly feed: string;
  readonly status: FeedStatus | "end_of_stream";
  readonly file: string | null;
  readonly rows: number;
  readonly reason: string | null;
  /** What became of the feed's file, in a word (`ingest/file-outcome.ts`). */
  readonly outcome: string | null;
  /** The feeds which have to close the attempt. */
  readonly feeds: readonly string[];
}

/** An attempt at a slice. */
export interface Attempt {
  readonly attempt: number;
  /** 1 for the first attempt there ever was at any slice: they are closed one after the other. */
  readonly ordinal: number;
  readonly entries: Map<string, Entry>;
}

export interface PublishedSlice {
  readonly sliceMs: number;
  readonly attempts: readonly Attempt[];
  /** Files that came when the slice was too old. */
  readonly refused: readonly Entry[];
}

/** What has been published, from the entries in their order. */
export class Publications {
  readonly slices: ReadonlyMap<number, PublishedSlice>;
  /** The stream has ended: that too is a close, the last one. */
  readonly ended: boolean;
  /** All attempts in their order. */
  readonly attempts: readonly Attempt[];

  constructor(entries: readonly Entry[]) {
    const slices = new Map<number, { attempts: Attempt[]; refused: Entry[] }>();
    const attempts: Attempt[] = [];
    let ended = false;
    for (const entry of entries) {
      if (entry.status === "end_of_stream") {
        ended = true;
        continue;
      }
      const slice = slices.get(entry.sliceMs) ?? { attempts: [], refused: [] };
      slices.set(entry.sliceMs, slice);
      if (entry.attempt === 0) {
        slice.refused.push(entry);
        continue;
      }
      let attempt = slice.attempts.find((known) => known.attempt === entry.attempt);
      if (attempt === undefined) {
        attempt = { attempt: entry.attempt, ordinal: attempts.length + 1, entries: new Map() };
        slice.attempts.push(attempt);
        attempts.push(attempt);
      }
      attempt.entries.set(entry.feed, entry);
    }
    const inOrder = [...slices].sort(([a], [b]) => a - b);
    this.slices = new Map(inOrder.map(([sliceMs, slice]) => [sliceMs, { sliceMs, ...slice }]));
    this.attempts = attempts;
    this.ended = ended;
  }

  /** Attempts that every feed has closed, and the end of the stream. */
  get closes(): number {
    const last = this.attempts.at(-1);
    const open = last !== undefined && !isComplete(last);
    return this.attempts.length - (open ? 1 : 0) + (this.ended ? 1 : 0);
  }

  /** How often a feed has closed anything, up to a close. One that is not followed closes nothing. */
  entriesOf(feed: string, ordinalMax = Number.POSITIVE_INFINITY): number {
    let count = 0;
    for (const { ordinal, entries } of this.attempts) {
      if (ordinal <= ordinalMax && entries.has(feed)) count++;
    }
    const atEnd = this.ended && ordinalMax > this.attempts.length && count > 0;
    return count + (atEnd ? 1 : 0);
  }

  /** Rows that a feed has published in a slice, by all attempts. */
  rowsOf(sliceMs: number, feed: string): number {
    const slice = this.slices.get(sliceMs);
    if (slice === undefined) return 0;
    return publishedBy(slice, feed).reduce((sum, { entries }) => sum + entries.get(feed)!.rows, 0);
  }

  get feeds(): readonly string[] {
    return [...new Set(this.attempts.flatMap(({ entries }) => [...entries.keys()]))];
  }
}

const isComplete = ({ entries }: Attempt): boolean => {
  const [first] = entries.values();
  return first!.feeds.every((feed) => entries.has(feed));
};

/** Attempts that have put a file of the feed into its topic. */
export const publishedBy = ({ attempts }: PublishedSlice, feed: string): Attempt[] =>
  attempts.filter(({ entries }) => isPublication(entries.get(feed)));

/** An entry that says `unchanged` repeats a status and brings no file. */
export const isPublication = (entry: Entry | undefined): entry is Entry =>
  entry?.status === "published" && entry.file !== null;
