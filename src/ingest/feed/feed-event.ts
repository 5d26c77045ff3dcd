import type { FileOutcome } from "../file-outcome.ts";
import type { SliceEntry } from "../slice-entry.ts";
import type { Trouble } from "./file-shelf.ts";

/** What happens while a feed is followed, for a terminal, a log or metrics. Slices are stamps. */
export type FeedEvent =
  /** The feed has a newer slice than before. */
  | { readonly kind: "shown"; readonly slice: string }
  /** The lists of all files have been read. */
  | { readonly kind: "looked"; readonly files: number; readonly badLines: number }
  | { readonly kind: "fetched"; readonly file: string; readonly bytes: number }
  | {
      readonly kind: "file_trouble";
      readonly file: string;
      readonly outcome: FileOutcome;
      readonly problem: string;
      readonly trouble: Trouble;
    }
  /** A list of the feed could not be read. */
  | {
      readonly kind: "feed_trouble";
      readonly problem: string;
      /** In a row. */
      readonly failures: number;
      readonly retryMs: number;
    }
  /** A slice has been shown, and files of it are not here. */
  | {
      readonly kind: "waiting";
      readonly slice: string;
      /** By feed, what is known of its file. */
      readonly lacking: Readonly<Record<string, FileOutcome | "awaited" | "unlisted">>;
    }
  | {
      readonly kind: "published";
      readonly slice: string;
      /** What was written, an entry for each feed and attempt; none when there was nothing new. */
      readonly entries: readonly SliceEntry[];
    }
  /** From one slice to the other there is nothing for longer than anything is joined. */
  | { readonly kind: "skipped"; readonly from: string; readonly to: string }
  /** The log has refused a slice; it is published again with a new producer. */
  | { readonly kind: "log_trouble"; readonly problem: string; readonly retryMs: number };
