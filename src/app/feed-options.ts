import { parseStamp, SLICE_MS } from "../gdelt/feeds.ts";
import type { ListenAddress } from "../inspector/http/listen-address.ts";
import { ConfigError } from "../record/errors.ts";
import { loadConfiguration } from "./config/configuration.ts";
import { valueFromEnvironment } from "./config/environment.ts";
import { kafkaConnection } from "./config/kafka-connection.ts";
import { durationMs, parseDuration } from "./duration.ts";
import { inspectorArgument } from "./inspector/inspector-argument.ts";
import type { LogPlace } from "./log-place.ts";
import { parseArguments } from "./parse-arguments.ts";
import { APPLICATION } from "./publishing.ts";
import { REPLAY_DEFAULTS, wholeNumber } from "./replay-options.ts";

/** Where slices come from. */
export type FeedSource =
  | { readonly kind: "http"; readonly baseUrl: string }
  | { readonly kind: "folder"; readonly folder: string };

/** What `gdelt-streams feed` was asked for. */
export interface FeedOptions {
  readonly log: LogPlace;
  readonly source: FeedSource;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly translation: boolean;
  readonly partitions: number;
  readonly retentionMs: number;
  readonly pollMs: number;
  readonly missingAfterMs: number;
  readonly parallel: number;
  readonly json: boolean;
  /** Names the application in what the inspector tells. */
  readonly application: string;
  /** Where the inspector listens. */
  readonly inspector: ListenAddress | "off";
  /** Who is told of traces; null: nobody. */
  readonly otlpEndpoint: string | null;
}

const DAY_MS = 24 * 3_600_000;
const PARALLEL_MAX = 32;
const USAGE =
  "usage: gdelt-streams feed --data <folder> | --kafka host:port,… | --config <file> " +
  "[--feed live|URL|folder]";

const LIVE_URL = "http://data.gdeltproject.org/gdeltv2/";

export const FEED_DEFAULTS = {
  feed: "live",
  poll: "60s",
  folderPoll: "2s",
  missingAfter: "30m",
  parallel: 4,
} as const;

/** @throws ConfigError */
export function parseFeedOptions(
  args: string[],
  environment: Readonly<Record<string, string | undefined>> = {},
): FeedOptions {
  const { values } = parse(args);
  const { from, to, config } = values;
  const given = config === undefined ? ofArguments(values) : ofConfiguration(config, environment);
  if (config !== undefined) mustBeInConfiguration(values);
  const source = sourceOf(values.feed ?? given.feed);
  const fromMs = from === undefined ? null : quarter("from", from);
  const toMs = to === undefined ? null : quarter("to", to);
  if (fromMs !== null && toMs !== null && fromMs > toMs) {
    throw new ConfigError(`--from ${from} is later than --to ${to}: swap them`);
  }
  const poll = source.kind === "http" ? FEED_DEFAULTS.poll : FEED_DEFAULTS.folderPoll;
  const { parallel, "missing-after": missingAfter } = values;
  const pollMs = values.poll === undefined ? given.pollMs : interval("poll", values.poll);
  return {
    log: given.log,
    source,
    fromMs,
    toMs,
    translation: given.translation,
    partitions: given.partitions,
    retentionMs: given.retentionMs,
    pollMs: pollMs ?? durationMs(poll)!,
    missingAfterMs:
      missingAfter === undefined
        ? given.missingAfterMs
        : parseDuration("missing-after", missingAfter),
    parallel:
      parallel === undefined ? given.parallel : wholeNumber("parallel", parallel, 1, PARALLEL_MAX),
    json: values.json ?? false,
    application: given.application,
    inspector: inspectorArgument(values.inspector ?? "off"),
    otlpEndpoint: given.otlpEndpoint,
  };
}

/** What holds unless an argument says otherwise. */
interface Standards
  extends Omit<FeedOptions, "source" | "fromMs" | "toMs" | "pollMs" | "json" | "inspector"> {
  readonly feed: string;
  readonly pollMs: number | null;
}

function ofArguments(values: ReturnType<typeof parse>["values"]): Standards {
  const { data, kafka, partitions, "retention-days": days } = values;
  if ((data === undefined) === (kafka === undefined)) throw new ConfigError(USAGE);
  return {
    log:
      data !== undefined
        ? { kind: "folder", folder: data }
        : { kind: "kafka", connection: { brokers: kafka!.split(",") } },
    feed: FEED_DEFAULTS.feed,
    translation: values.translation ?? REPLAY_DEFAULTS.translation,
    partitions:
      partitions === undefined
        ? REPLAY_DEFAULTS.partitions
        : wholeNumber("partitions", partitions, 1, 64),
    retentionMs:
      DAY_MS *
      (days === undefined
        ? REPLAY_DEFAULTS.retentionDays
        : wholeNumber("retention-days", days, 1, 3650)),
    pollMs: null,
    missingAfterMs: durationMs(FEED_DEFAULTS.missingAfter)!,
    parallel: FEED_DEFAULTS.parallel,
    application: APPLICATION,
    otlpEndpoint: valueFromEnvironment("otlp.endpoint"),
  };
}

/** The file which the replicas read, too: what concerns both is said there. */
function ofConfiguration(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Standards {
  const { settings } = loadConfiguration({ file, environment });
  return {
    log: { kind: "kafka", connection: kafkaConnection(settings) },
    feed: settings["feed.source"],
    translation: settings.translation,
    partitions: settings.partitions,
    retentionMs: settings["silver.event.retention"],
    pollMs: settings["feed.poll.interval"],
    missingAfterMs: settings["feed.missing.after"],
    parallel: settings["feed.parallel"],
    application: settings["application.id"],
    otlpEndpoint: settings["otlp.endpoint"],
  };
}

function mustBeInConfiguration(values: ReturnType<typeof parse>["values"]): void {
  for (const name of ["data", "kafka", "translation", "partitions", "retention-days"] as const) {
    if (values[name] === undefined) continue;
    throw new ConfigError(`--${name} is for a feed without --config: say it in the file`);
  }
}

/** A time between two requests: never none. */
function interval(name: string, text: string): number {
  const ms = parseDuration(name, text);
  if (ms >= 1) return ms;
  throw new ConfigError(`--${name} takes at least 1ms, not "${text}"`);
}

/** @throws ConfigError */
export function sourceOf(feed: string, option = "feed"): FeedSource {
  if (feed === "live") return { kind: "http", baseUrl: LIVE_URL };
  if (!/^[a-z]+:\/\//i.test(feed)) return { kind: "folder", folder: feed };
  const url = URL.parse(feed);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "") {
    throw new ConfigError(`--${option} takes live, a folder, or an http(s) address, not "${feed}"`);
  }
  return { kind: "http", baseUrl: url.href.endsWith("/") ? url.href : `${url.href}/` };
}

/** The time of a slice from an argument. @throws ConfigError */
export function quarter(name: string, text: string): number {
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
      kafka: { type: "string" },
      config: { type: "string" },
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
      inspector: { type: "string" },
    },
  });
