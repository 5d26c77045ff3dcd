import { stampOf } from "../gdelt/feeds.ts";
import type { Finding } from "./findings.ts";
import {
  type Entry,
  isPublication,
  type Publications,
  type PublishedSlice,
  publishedBy,
} from "./publications.ts";
import { dateOf, type Scope } from "./scope.ts";

/** One feed of a slice: what was published, and what has become of it. */
export interface FeedAccount {
  readonly feed: string;
  /** `published` if any file was; `unknown` where Bronze has rows and `bronze.slices` no entry yet. */
  readonly status: "published" | "missing" | "rejected" | "unknown";
  /** Why it is missing or rejected; or what is remarkable about the newest file; else null. */
  readonly reason: string | null;
  /** Files published: more than one when a slice was re-opened for another. */
  readonly files: number;
  /** Rows in those files, and rows in Bronze. */
  readonly rows: number;
  readonly bronze: number;
  /** Rows by what has become of them; they add up to those in Bronze. */
  readonly fates: Readonly<Record<string, number>>;
}

export interface SliceAccount {
  readonly slice: string;
  /** `open`: not closed yet, or not in every table yet. */
  readonly state: "settled" | "open";
  readonly attempts: number;
  readonly feeds: readonly FeedAccount[];
  /** Files that came when the slice was too old. */
  readonly refused: readonly string[];
}

export interface AuditReport {
  /** Nothing is where it must not be, or not where it must be. */
  readonly adds_up: boolean;
  readonly slices: readonly SliceAccount[];
  /** Quarter-hours between the first slice and the last of which nothing was ever said. */
  readonly absent: readonly string[];
  readonly stream_ended: boolean;
  readonly problems: readonly Finding[];
  /** What cannot be told yet: a table has still to come by it. */
  readonly open: readonly Finding[];
  /** Rows in Bronze that are of no slice, because others filled the topic: in no equation. */
  readonly rows_of_no_slice: number;
}

/** The slices that were looked at, in their order. */
export function accountsOf(scope: Scope, wanted: (sliceMs: number) => boolean): SliceAccount[] {
  const { publications, accounts } = scope;
  const all = new Set([...publications.slices.keys(), ...accounts.slices()]);
  return [...all]
    .filter(wanted)
    .sort((a, b) => a - b)
    .map((sliceMs) => sliceAccount(scope, sliceMs));
}

function sliceAccount({ publications, accounts, horizon }: Scope, sliceMs: number): SliceAccount {
  const slice = publications.slices.get(sliceMs) ?? { sliceMs, attempts: [], refused: [] };
  const entries = slice.attempts.flatMap((attempt) => [...attempt.entries.values()]);
  const feeds = new Set([...entries.map(({ feed }) => feed), ...accounts.feedsOf(sliceMs)]);
  return {
    slice: stampOf(sliceMs),
    state: horizon.isSettled(sliceMs) ? "settled" : "open",
    attempts: slice.attempts.length,
    feeds: [...feeds].map((feed) => feedAccount(slice, feed, accounts.of(sliceMs, feed))),
    refused: slice.refused.map(({ file, reason }) => `${file} (${reason})`),
  };
}

function feedAccount(
  slice: PublishedSlice,
  feed: string,
  counts: ReadonlyMap<string, number>,
): FeedAccount {
  const files = publishedBy(slice, feed).map(({ entries }) => entries.get(feed)!);
  const entries = slice.attempts.flatMap(({ entries: closed }) => closed.get(feed) ?? []);
  const { bronze = 0, ...fates } = Object.fromEntries(counts);
  return {
    feed,
    ...statusOf(entries),
    files: files.length,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    bronze,
    fates,
  };
}

function statusOf(entries: readonly Entry[]): Pick<FeedAccount, "status" | "reason"> {
  const word = (entry: Entry | undefined) => entry?.reason ?? entry?.outcome ?? null;
  const published = entries.findLast(isPublication);
  if (published !== undefined) return { status: "published", reason: remarkable(word(published)) };
  const rejected = entries.findLast(({ status }) => status === "rejected");
  if (rejected !== undefined) return { status: "rejected", reason: word(rejected) };
  if (entries.length === 0) return { status: "unknown", reason: null };
  return { status: "missing", reason: remarkable(word(entries.at(-1))) };
}

/** Outcomes that say no more than the status does. */
const PLAIN = ["ok", "missing", "unchanged"];

const remarkable = (word: string | null): string | null =>
  word === null || PLAIN.includes(word) ? null : word;

const QUARTER_MS = 15 * 60_000;

/** Quarter-hours in between of which there is no entry. */
export function absentSlices({ slices }: Publications): string[] {
  const closed = [...slices.values()].filter(({ attempts }) => attempts.length > 0);
  const absent: string[] = [];
  const last = closed.at(-1)?.sliceMs ?? 0;
  for (let ms = closed[0]?.sliceMs ?? 1; ms < last; ms += QUARTER_MS) {
    if (!slices.has(ms)) absent.push(stampOf(ms));
  }
  return absent;
}

export const datesOf = ({ slices }: Publications): string[] => [...slices.keys()].map(dateOf);
