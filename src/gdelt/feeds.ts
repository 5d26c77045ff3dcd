import assert from "node:assert/strict";
import { ConfigError } from "../record/errors.ts";

/**
 * GDELT's feeds: which file of a slice is which, and where its rows go. One slice has one file per
 * feed, named by its stamp: `20150218230000.export.CSV.zip`, `…translation.gkg.csv.zip`.
 */
type FeedKind = "events" | "mentions" | "gkg";

export interface Feed {
  /** `events`, `mentions`, `gkg`, or one of them with `.translation` (articles not in English). */
  readonly name: string;
  readonly kind: FeedKind;
  readonly translation: boolean;
  /** The raw topic; a translation feed shares that of its kind. */
  readonly topic: string;
  /** Tab-separated columns of a row. */
  readonly columns: number;
  /** 0-based column whose bytes choose the partition. */
  readonly keyColumn: number;
  /** What stands between the stamp and `.zip` in a file's name, in GDELT's own spelling. */
  readonly suffix: string;
}

/** From one slice to the next: a quarter of an hour. */
export const SLICE_MS = 900_000;

const KINDS = [
  { kind: "events", columns: 61, keyColumn: 0, suffix: ".export.CSV" },
  { kind: "mentions", columns: 16, keyColumn: 5, suffix: ".mentions.CSV" },
  { kind: "gkg", columns: 27, keyColumn: 4, suffix: ".gkg.csv" },
] as const;

const feedsOf = (translation: boolean): readonly Feed[] =>
  KINDS.map(({ kind, columns, keyColumn, suffix }) => ({
    name: translation ? `${kind}.translation` : kind,
    kind,
    translation,
    topic: `gdelt.${kind}`,
    columns,
    keyColumn,
    suffix: translation ? `.translation${suffix}` : suffix,
  }));

export const ENGLISH_FEEDS: readonly Feed[] = feedsOf(false);
export const TRANSLATION_FEEDS: readonly Feed[] = feedsOf(true);

const FEEDS = [...ENGLISH_FEEDS, ...TRANSLATION_FEEDS];
const byName = new Map(FEEDS.map((feed) => [feed.name, feed]));
const bySuffix = new Map(FEEDS.map((feed) => [feed.suffix.toLowerCase(), feed]));

/** @throws ConfigError for a name that is no feed. */
export function feedNamed(name: string): Feed {
  const feed = byName.get(name);
  if (feed) return feed;
  const known = [...byName.keys()].join(", ");
  throw new ConfigError(`"${name}" is no GDELT feed; the feeds are ${known}`);
}

/** The stamp `YYYYMMDDHHMMSS` (UTC) of a time in milliseconds; a whole second of a 4-digit year. */
export function stampOf(sliceMs: number): string {
  assert(
    sliceMs % 1000 === 0 && Math.abs(sliceMs) < 8.64e15,
    `${sliceMs} is not the time of a slice`,
  );
  const iso = new Date(sliceMs).toISOString();
  assert(iso.length === 24, `the year of ${iso} does not fit a stamp`);
  return iso.slice(0, 19).replaceAll(/[-T:]/g, "");
}

/** Milliseconds since the epoch of a stamp, or null: 14 digits which name a time that exists. */
export function parseStamp(stamp: string): number | null {
  if (!/^\d{14}$/.test(stamp)) return null;
  const [, year, month, day, hour, minute, second] =
    /^(....)(..)(..)(..)(..)(..)$/.exec(stamp) ?? [];
  const sliceMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date.parse rolls 31 February over into March, and 24:00 into the next day.
  return Number.isNaN(sliceMs) || stampOf(sliceMs) !== stamp ? null : sliceMs;
}

/** What the name of a file says. */
export interface SliceFileName {
  readonly feed: string;
  readonly stamp: string;
  readonly sliceMs: number;
  readonly zipped: boolean;
}

/** Reads a file's name (no folder), in any case, zipped or not; null if it is no slice's file. */
export function parseSliceFileName(name: string): SliceFileName | null {
  const stamp = name.slice(0, 14);
  const sliceMs = parseStamp(stamp);
  if (sliceMs === null) return null;
  const rest = name.slice(14).toLowerCase();
  const zipped = rest.endsWith(".zip");
  const feed = bySuffix.get(zipped ? rest.slice(0, -".zip".length) : rest);
  return feed ? { feed: feed.name, stamp, sliceMs, zipped } : null;
}

/** The name GDELT gives a feed's file of a slice. */
export const sliceFileName = (
  feed: Feed,
  sliceMs: number,
  options: { readonly zipped: boolean },
): string => `${stampOf(sliceMs)}${feed.suffix}${options.zipped ? ".zip" : ""}`;
