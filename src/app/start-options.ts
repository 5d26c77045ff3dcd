import type { ListenAddress } from "../inspector/http/listen-address.ts";
import { ConfigError } from "../record/errors.ts";
import { DEFAULT_INSPECTOR_ADDRESS } from "./config/catalogue.ts";
import { listenAddress } from "./config/value-type.ts";
import { parseDuration } from "./duration.ts";
import { type FeedOptions, parseFeedOptions } from "./feed-options.ts";
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
} as const;

/** Of the simulator, by the time between two slices: when to ask for the next, and when it is missing. */
const POLLS_PER_SLICE = 15;
const SLICES_TO_MISSING = 3;

const FEED_OPTIONS = ["from", "to", "poll", "missing-after", "parallel"] as const;
const SHARED_OPTIONS = ["partitions", "retention-days"] as const;
const SIMULATOR_OPTIONS = ["slice-every", "seed", "events", "faults", "slices"] as const;

export function parseStart(args: string[]): StartOptions {
  const { values } = parse(args);
  const { data = START_DEFAULTS.data, feed = START_DEFAULTS.feed } = values;
  const { mart = START_DEFAULTS.mart } = values;
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
  return {
    data,
    feed: parseFeedOptions([
      ...["--data", data, "--feed", isSimulated ? "http://localhost/" : feed],
      ...(isSimulated ? paceOf(parseDuration("slice-every", sliceEvery)) : []),
      ...given([...FEED_OPTIONS, ...SHARED_OPTIONS]),
      ...translation,
    ]),
    feedName: feed,
    simulator: isSimulated
      ? ["--slice-every", sliceEvery, ...given(SIMULATOR_OPTIONS.slice(1)), ...translation]
      : null,
    mart: mart === "none" ? null : parseMartPlace(mart),
    forMs: values.for === undefined ? null : parseDuration("for", values.for),
    json: values.json ?? false,
    inspector: parseInspector(values.inspector ?? DEFAULT_INSPECTOR_ADDRESS),
  };
}

/** What is said later on the command line counts. */
const paceOf = (sliceEveryMs: number): string[] => [
  ...["--poll", `${Math.max(50, Math.ceil(sliceEveryMs / POLLS_PER_SLICE))}ms`],
  ...["--missing-after", `${SLICES_TO_MISSING * sliceEveryMs}ms`],
];

function parseInspector(given: string): ListenAddress | "off" {
  const address = listenAddress.parse(given);
  if (address !== undefined) return address;
  throw new ConfigError(`--inspector takes ${listenAddress.expected}, not "${given}"`);
}

const string = { type: "string" } as const;
const boolean = { type: "boolean" } as const;

const parse = (args: string[]) =>
  parseArguments({
    args,
    options: {
      ...{ data: string, feed: string, for: string, json: boolean, translation: boolean },
      ...{ mart: string, inspector: string },
      ...{ from: string, to: string, poll: string, "missing-after": string, parallel: string },
      ...{ partitions: string, "retention-days": string },
      ...{ "slice-every": string, seed: string, events: string, faults: string, slices: string },
    },
  });
