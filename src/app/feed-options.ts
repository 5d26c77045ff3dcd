import { parseStamp, SLICE_MS } from "../gdelt/feeds.ts";
import { ConfigError } from "../record/errors.ts";
import { parseDuration } from "./duration.ts";
import { parseArguments } from "./parse-arguments.ts";
import { REPLAY_DEFAULTS, wholeNumber } from "./replay-options.ts";

/** Where slices come from. */
export type FeedSource =
  | { readonly kind: "http"; readonly baseUrl: string }
  | { readonly kind: "folder"; readonly folder: string };

/** What `gdelt-streams feed` was asked for. */
export interface FeedOptions {
  /** The log is below it, where `replay --out` has it. */
  readonly data: string;
  readonly source: FeedSource;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly translation: boolean;
  readonly partitions: number;
  readonly retentionDays: number;
  readonly pollMs: number;
  readonly missingAfterMs: number;
  readonly parallel: number;
  readonly json: boolean;
}

const LIVE_URL = "http://data.gdeltproject.org/gdeltv2/";

export const FEED_DEFAULTS = {
  feed: "live",
  poll: "60s",
  folderPoll: "2s",
  missingAfter: "30m",
  parallel: 4,
} as const;

export function parseFeedOptions(args: string[]): FeedOptions {
  const { values } = parse(args);
  const { data, feed = FEED_DEFAULTS.feed, from, to } = values;
  if (data === undefined) {
    throw new ConfigError("usage: gdelt-streams feed --data <folder> [--feed live|URL|folder]");
  }
  const source = sourceOf(feed);
  const fromMs = from === undefined ? null : quarter("from", from);
  const toMs = to === undefined ? null : quarter("to", to);
  if (fromMs !== null && toMs !== null && fromMs > toMs) {
    throw new ConfigError(`--from ${from} is later than --to ${to}: swap them`);
  }
  const number = (
    name: "partitions" | "retention-days" | "parallel",
    standard: number,
    max: number,
  ) => (values[name] === undefined ? standard : wholeNumber(name, values[name], 1, max));
  const poll = source.kind === "http" ? FEED_DEFAULTS.poll : FEED_DEFAULTS.folderPoll;
  return {
    data,
    source,
    fromMs,
    toMs,
    translation: values.translation ?? REPLAY_DEFAULTS.translation,
    partitions: number("partitions", REPLAY_DEFAULTS.partitions, 64),
    retentionDays: number("retention-days", REPLAY_DEFAULTS.retentionDays, 3650),
    pollMs: interval("poll", values.poll ?? poll),
    missingAfterMs: parseDuration(
      "missing-after",
      values["missing-after"] ?? FEED_DEFAULTS.missingAfter,
    ),
    parallel: number("parallel", FEED_DEFAULTS.parallel, 32),
    json: values.json ?? false,
  };
}

/** A time between two requests: never none. */
function interval(name: string, text: string): number {
  const ms = parseDuration(name, text);
  if (ms >= 1) return ms;
  throw new ConfigError(`--${name} takes at least 1ms, not "${text}"`);
}

function sourceOf(feed: string): FeedSource {
  if (feed === "live") return { kind: "http", baseUrl: LIVE_URL };
  if (!/^[a-z]+:\/\//i.test(feed)) return { kind: "folder", folder: feed };
  const url = URL.parse(feed);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new ConfigError(`--feed takes live, a folder, or an http(s) address, not "${feed}"`);
  }
  return { kind: "http", baseUrl: url.href.endsWith("/") ? url.href : `${url.href}/` };
}

function quarter(name: string, text: string): number {
  const sliceMs = parseStamp(text);
  if (sliceMs !== null && sliceMs % SLICE_MS === 0) return sliceMs;
  throw new ConfigError(
    `--${name} takes the stamp of a slice, 14 digits of a quarter of an hour in UTC such as ` +
      `20150218230000, not "${text}"`,
  );
}

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      data: { type: "string" },
      feed: { type: "string" },
      from: { type: "string" },
      to: { type: "string" },
      translation: { type: "boolean" },
      partitions: { type: "string" },
      "retention-days": { type: "string" },
      poll: { type: "string" },
      "missing-after": { type: "string" },
      parallel: { type: "string" },
      json: { type: "boolean" },
    },
  });
