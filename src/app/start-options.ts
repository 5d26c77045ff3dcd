import type { ListenAddress } from "../inspector/http/listen-address.ts";
import { ConfigError } from "../record/errors.ts";
import { DEFAULT_INSPECTOR_ADDRESS, OPTIONS } from "./config/catalogue.ts";
import { parseDuration } from "./duration.ts";
import { type FeedOptions, parseFeedOptions } from "./feed-options.ts";
import { inspectorArgument } from "./inspector/inspector-argument.ts";
import { type MartPlace, parseMartPlace } from "./mart-place.ts";
import { parseArguments } from "./parse-arguments.ts";

/** What `gdelt-streams start` was asked for. */
export interface StartOptions {
  /** The folder of everything. */
  readonly data: string;
  /** How the feed is followed; where it is stands in for the simulator's address until that runs. */
  readonly feed: FeedOptions;
  /** What the feed is called: `simulator`, or as `--feed` has it. */
  readonly feedName: string;
  /** Arguments of the simulator; null when another feed is followed. */
  readonly simulator: readonly string[] | null;
  /** The relational mart; null: none. */
  readonly mart: MartPlace | null;
  /** Days of the mart that ended so long before its newest are dropped; null: they are kept. */
  readonly martRetentionMs: number | null;
  /** How often the tables are looked after; null: never. */
  readonly upkeepMs: number | null;
  /** Stops by itself after so long; null: runs until it is stopped. */
  readonly forMs: number | null;
  readonly json: boolean;
  /** Where the inspector listens. */
  readonly inspector: ListenAddress | "off";
}

export const START_DEFAULTS = {
  data: "data",
  feed: "simulator",
  sliceEvery: "10s",
  mart: "pglite",
  upkeep: "10m",
} as const;

const DAY_MS = 24 * 3_600_000;

/** Of the simulator, by the time between two slices: when to ask for the next, and when it is missing. */
const POLLS_PER_SLICE = 15;
const SLICES_TO_MISSING = 3;

const FEED_OPTIONS = ["from", "to", "poll", "missing-after", "parallel"] as const;
const SHARED_OPTIONS = ["partitions", "retention-days"] as const;
const SIMULATOR_OPTIONS = ["slice-every", "seed", "events", "faults", "slices"] as const;

export function parseStart(args: string[]): StartOptions {
  const { values } = parse(args);
  const { data = START_DEFAULTS.data, feed = START_DEFAULTS.feed } = values;
  const { mart = START_DEFAULTS.mart, upkeep = START_DEFAULTS.upkeep } = values;
  const given = <N extends keyof typeof values>(names: readonly N[]): string[] =>
    names.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, `${values[name]}`]));
  const ofSimulator = given(SIMULATOR_OPTIONS);
  const isSimulated = feed === "simulator";
  if (!isSimulated && ofSimulator.length > 0) {
    throw new ConfigError(`${ofSimulator[0]} is for --feed simulator, not for --feed ${feed}`);
  }
  // A range is over when its time has passed by the clock, and the simulator has a time of its own.
  if (isSimulated && given(["from", "to"]).length > 0) {
    throw new ConfigError("--from and --to are for real feeds; end the simulator's with --for");
  }
  const translation = values.translation ? ["--translation"] : [];
  const sliceEvery = values["slice-every"] ?? START_DEFAULTS.sliceEvery;
  const feedOptions = parseFeedOptions([
    ...["--data", data, "--feed", isSimulated ? "http://localhost/" : feed],
    ...(isSimulated ? paceOf(parseDuration("slice-every", sliceEvery)) : []),
    ...given([...FEED_OPTIONS, ...SHARED_OPTIONS]),
    ...translation,
  ]);
  return {
    data,
    feed: feedOptions,
    feedName: feed,
    simulator: isSimulated
      ? ["--slice-every", sliceEvery, ...given(SIMULATOR_OPTIONS.slice(1)), ...translation]
      : null,
    mart: mart === "none" ? null : parseMartPlace(mart),
    martRetentionMs: martRetention(values["mart-retention"], { mart, upkeep }, feedOptions),
    upkeepMs: upkeep === "none" ? null : interval(upkeep),
    forMs: values.for === undefined ? null : parseDuration("for", values.for),
    json: values.json ?? false,
    inspector: inspectorArgument(values.inspector ?? DEFAULT_INSPECTOR_ADDRESS),
  };
}

/** The same limits as those of the replicas' option. */
function interval(text: string): number {
  const ms = OPTIONS["upkeep.interval"].type.parse(text);
  if (ms !== undefined) return ms;
  const { expected } = OPTIONS["upkeep.interval"].type;
  throw new ConfigError(`--upkeep takes none, or ${expected}, not "${text}"`);
}

function martRetention(
  text: string | undefined,
  { mart, upkeep }: { readonly mart: string; readonly upkeep: string },
  { retentionMs }: FeedOptions,
): number | null {
  if (text === undefined) return null;
  const ms = parseDuration("mart-retention", text);
  if (mart === "none" || upkeep === "none") {
    throw new ConfigError("--mart-retention has no effect with --mart none or --upkeep none");
  }
  if (ms >= retentionMs + DAY_MS) return ms;
  throw new ConfigError("--mart-retention is at least a day more than --retention-days");
}

/** What is said later on the command line counts. */
const paceOf = (sliceEveryMs: number): string[] => [
  ...["--poll", `${Math.max(50, Math.ceil(sliceEveryMs / POLLS_PER_SLICE))}ms`],
  ...["--missing-after", `${SLICES_TO_MISSING * sliceEveryMs}ms`],
];

const string = { type: "string" } as const;
const boolean = { type: "boolean" } as const;

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      ...{ data: string, feed: string, for: string, json: boolean, translation: boolean },
      ...{ mart: string, "mart-retention": string, upkeep: string, inspector: string },
      ...{ from: string, to: string, poll: string, "missing-after": string, parallel: string },
      ...{ partitions: string, "retention-days": string },
      ...{ "slice-every": string, seed: string, events: string, faults: string, slices: string },
    },
  });
