import { setTimeout as sleep } from "node:timers/promises";
import { parseStamp, SLICE_MS } from "../gdelt/feeds.ts";
import { parseFaultRates } from "../ingest/simulator/fault-rates.ts";
import { Simulator, type SimulatorOptions } from "../ingest/simulator/simulator.ts";
import { DEFAULT_START_MS } from "../ingest/slice-generator/generate-slices.ts";
import type { Clock } from "../record/clock.ts";
import { ConfigError } from "../record/errors.ts";
import { parseDuration } from "./duration.ts";
import { parseArguments } from "./parse-arguments.ts";
import { wholeNumber } from "./replay-options.ts";

/** What `gdelt-streams simulate` does unless it is told otherwise. */
export const SIMULATE_DEFAULTS = {
  host: "127.0.0.1",
  port: "0",
  seed: "1",
  events: "1000",
  "slice-every": "5s",
} as const;

/** Longer waits than this are beyond a timer. */
const SLICE_EVERY_MS_MAX = 86_400_000;

/** Serves invented slices as GDELT does, until the process is asked to end. */
export async function simulate(args: readonly string[], clock: Clock): Promise<number> {
  const options = simulatorOptions(args);
  const stop = new AbortController();
  process.on("SIGINT", () => stop.abort());
  process.on("SIGTERM", () => stop.abort());
  // Of a parent that has forked it, and is gone.
  process.on("disconnect", () => stop.abort());
  const simulator = await Simulator.open(options, { clock, wait });
  process.stdout.write(`simulator at ${simulator.url}\n`);
  await simulator.run(stop.signal);
  return 0;
}

const wait = (waitMs: number, stop: AbortSignal): Promise<void> =>
  sleep(waitMs, undefined, { signal: stop }).catch((error: unknown) => {
    if (!stop.aborted) throw error;
  });

/** @throws ConfigError */
export function simulatorOptions(args: readonly string[]): SimulatorOptions {
  const { values } = parse(args);
  const slices = values.slices === undefined ? null : wholeNumber("slices", values.slices, 1, 1e6);
  const sliceEveryMs = sliceEvery(values["slice-every"], slices);
  const startMs = quarterHour("start", values.start) ?? DEFAULT_START_MS;
  return {
    host: values.host,
    port: wholeNumber("port", values.port, 0, 65_535),
    baseUrl: values["base-url"] === undefined ? null : baseUrl(values["base-url"]),
    stream: {
      seed: wholeNumber("seed", values.seed, 0, 2 ** 31 - 1),
      startMs,
      eventsPerSlice: wholeNumber("events", values.events, 1, 100_000),
    },
    translation: values.translation ?? false,
    faults: values.faults === undefined ? {} : parseFaultRates(values.faults),
    slices,
    sliceEveryMs,
    resumeAfterMs: quarterHour("resume-after", values["resume-after"]),
    folder: values.folder ?? null,
  };
}

function sliceEvery(text: string, slices: number | null): number {
  const everyMs = text === "0" ? 0 : parseDuration("slice-every", text);
  if (everyMs === 0 && slices === null) {
    throw new ConfigError(
      "--slice-every 0 publishes all slices at once: say how many with --slices",
    );
  }
  if (everyMs <= SLICE_EVERY_MS_MAX) return everyMs;
  throw new ConfigError(`--slice-every takes at most a day, not "${text}"`);
}

function quarterHour(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const sliceMs = parseStamp(text);
  if (sliceMs !== null && sliceMs % SLICE_MS === 0) return sliceMs;
  throw new ConfigError(
    `--${name} takes the stamp of a quarter of an hour, as 20260101001500, not "${text}"`,
  );
}

function baseUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? ""))
    return text.endsWith("/") ? text : `${text}/`;
  throw new ConfigError(
    `--base-url takes an address, as http://localhost:8080/gdeltv2/, not "${text}"`,
  );
}

function parse(args: readonly string[]) {
  return parseArguments({
    args: [...args],
    options: {
      host: { type: "string", default: SIMULATE_DEFAULTS.host },
      port: { type: "string", default: SIMULATE_DEFAULTS.port },
      "base-url": { type: "string" },
      seed: { type: "string", default: SIMULATE_DEFAULTS.seed },
      start: { type: "string" },
      slices: { type: "string" },
      events: { type: "string", default: SIMULATE_DEFAULTS.events },
      translation: { type: "boolean" },
      "slice-every": { type: "string", default: SIMULATE_DEFAULTS["slice-every"] },
      "resume-after": { type: "string" },
      faults: { type: "string" },
      folder: { type: "string" },
    },
  });
}
