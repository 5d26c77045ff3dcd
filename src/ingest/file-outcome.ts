import { idsAreContiguous } from "../gdelt/contiguous-ids.ts";
import type { Feed } from "../gdelt/feeds.ts";
import type { FeedFileReason } from "../sources/feed-file.ts";

/** Why a feed closes a slice without a file. */
export type Absence =
  /** Nobody has asked the feed: a replayed folder does not have it. */
  | "missing"
  /** The feed has gone on, and its lists do not name the file. */
  | "never_published"
  /** The lists name it, the server does not have it. */
  | "listed_404"
  /** The server has failed for it again and again. */
  | "unavailable";

/** What became of a feed's file of a slice; these words go into tables and metrics. */
export type FileOutcome =
  | "ok"
  /** No rows: legal, but it has happened nine times in ten years. */
  | "empty"
  /** Next to no documents, while the other feeds are as always. */
  | "collapsed"
  /** Ids with a gap: rows may be missing. It is published all the same. */
  | "not_contiguous"
  /** Another feed has re-opened the slice; nothing new for this one. */
  | "unchanged"
  /** Found after its slice could still be joined. */
  | "too_old"
  | Absence
  | FeedFileReason;

/** GKG files of as many rows or fewer were published in 3,137 slices; usual are 600 to 2,500. */
const COLLAPSED_ROWS_MAX = 13;

/** What is remarkable about rows that are published. */
export function outcomeOfRows(feed: Feed, bytes: Buffer, rows: number): FileOutcome {
  if (rows === 0) return "empty";
  if (feed.kind === "gkg" && rows <= COLLAPSED_ROWS_MAX) return "collapsed";
  return feed.kind === "events" && !idsAreContiguous(bytes) ? "not_contiguous" : "ok";
}
