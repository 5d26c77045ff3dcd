import { RetriableError } from "../../record/errors.ts";
import type { FeedFile, FeedFileError } from "../../sources/feed-file.ts";
import type { ListRange } from "./list-scanner.ts";
import type { ListedFile } from "./listed-file.ts";

/** What the feed's whole lists say about a range of slices. */
export interface Listing {
  /** Those that are wanted; where a list names one twice, the last one counts. */
  readonly files: readonly ListedFile[];
  /** The first slice listed after the range; null when there is none. */
  readonly nextMs: number | null;
  /** Lines which name no file of a slice. */
  readonly badLines: number;
}

export interface ListQuery extends ListRange {
  /** The newest slice that the feed has shown, by which a list's end is found. */
  readonly newestMs: number;
  /** Keeps a file of the range; whatever else the lists name is not held. */
  readonly wanted: (file: ListedFile) => boolean;
}

/** What came of asking for a file. */
export type Fetched =
  | { readonly kind: "whole"; readonly file: FeedFile }
  /**
   * Something came that cannot be used. `settled`: it is what the list names, so it will not get
   * better until the list changes.
   */
  | { readonly kind: "rejected"; readonly error: FeedFileError; readonly settled: boolean }
  /** The server has no such file (now). */
  | { readonly kind: "not_there" };

/**
 * Where slices come from: GDELT's server, or a folder. All that can go wrong in the world is a
 * `FeedTrouble`; an aborted `signal` is thrown as it is.
 */
export interface SliceFeed {
  /**
   * The files of the slice that is said to be the newest; none when there is no slice yet, or
   * nothing that was not said before.
   */
  newest(signal: AbortSignal): Promise<readonly ListedFile[]>;
  /** Where to begin when nothing has been published, asked after `newest`; null: not known yet. */
  firstMs(): Promise<number | null>;
  /** Reads the lists of all files. Not for every minute: GDELT's are 120 MB. */
  list(query: ListQuery, signal: AbortSignal): Promise<Listing>;
  /** The file, checked against what its list says. */
  fetch(file: ListedFile, signal: AbortSignal): Promise<Fetched>;
}

/** The feed cannot be used for now. */
export class FeedTrouble extends RetriableError {
  /** How long the server asks to be left alone; null when it does not say. */
  readonly retryAfterMs: number | null;

  constructor(
    problem: string,
    options: ErrorOptions & { readonly retryAfterMs?: number | null } = {},
  ) {
    super(problem, options);
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}
