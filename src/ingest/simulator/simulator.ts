import { SLICE_MS, stampOf } from "../../gdelt/feeds.ts";
import type { Clock } from "../../record/clock.ts";
import { ConfigError } from "../../record/errors.ts";
import type { StreamSpec } from "../slice-generator/generate-slices.ts";
import type { FaultRates } from "./fault-rates.ts";
import { FeedServer, type Wait } from "./feed-server.ts";
import { ListFolder, type RunSettings } from "./list-folder.ts";
import { PublishedFeed } from "./published-feed.ts";

export interface SimulatorOptions {
  readonly host: string;
  readonly port: number;
  readonly baseUrl: string | null;
  /** The English stream; its start is a quarter of an hour. */
  readonly stream: StreamSpec;
  readonly translation: boolean;
  readonly faults: FaultRates;
  /** How many are published; null: no end. */
  readonly slices: number | null;
  /** Wall time between two of them. */
  readonly sliceEveryMs: number;
  /** Time of the slice up to which all count as published; null: of the first one. */
  readonly resumeAfterMs: number | null;
  /** Where the lists are kept from run to run. */
  readonly folder: string | null;
}

export interface SimulatorWorld {
  readonly clock: Clock;
  readonly wait: Wait;
}

/** GDELT in small: a server with its protocol, and a slice published every so often. */
export class Simulator {
  readonly #options: SimulatorOptions;
  readonly #world: SimulatorWorld;
  readonly #feed: PublishedFeed;
  readonly #failed = new AbortController();
  #server: FeedServer | null = null;

  private constructor(options: SimulatorOptions, world: SimulatorWorld, feed: PublishedFeed) {
    this.#options = options;
    this.#world = world;
    this.#feed = feed;
  }

  /**
   * Publishes the first slice, or those up to the one to resume after, and serves them.
   * @throws ConfigError when the options contradict each other or the folder, or the port is taken.
   */
  static async open(options: SimulatorOptions, world: SimulatorWorld): Promise<Simulator> {
    const { stream, translation, slices, host, port, baseUrl } = options;
    const faults = { seed: stream.seed, rates: options.faults, slices };
    const folder =
      options.folder === null ? null : await ListFolder.open(options.folder, settingsOf(options));
    const first = resumedSlice(options);
    const feed = await PublishedFeed.open({ stream, faults, translation }, first, folder);
    const simulator = new Simulator(options, world, feed);
    simulator.#server = await FeedServer.open(feed, {
      host,
      port,
      baseUrl,
      wait: world.wait,
      onFailure: (error) => simulator.#failed.abort(error),
    });
    return simulator;
  }

  get url(): string {
    return this.#server!.url;
  }

  /** Publishes what is left, one slice after the other, and serves until it is stopped. */
  async run(stop: AbortSignal): Promise<void> {
    const end = AbortSignal.any([stop, this.#failed.signal]);
    try {
      await this.#publish(end);
      await aborted(end);
      this.#failed.signal.throwIfAborted();
    } finally {
      await this.#server!.close();
    }
  }

  async #publish(end: AbortSignal): Promise<void> {
    const { slices, sliceEveryMs } = this.#options;
    const { clock, wait } = this.#world;
    let publishedMs = clock.nowMs();
    while (slices === null || this.#feed.newest < slices - 1) {
      await wait(Math.max(0, publishedMs + sliceEveryMs - clock.nowMs()), end);
      if (end.aborted) return;
      // Of what is missed while the machine sleeps, or is too slow, nothing is made up.
      publishedMs = clock.nowMs();
      await this.#feed.publishNext();
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** What the lists depend on, by the names of the options. Where a run ends counts for faults only. */
function settingsOf({ stream, translation, faults, slices }: SimulatorOptions): RunSettings {
  const rates = Object.entries(faults).map(([kind, rate]) => `${kind}=${rate}`);
  return {
    seed: stream.seed,
    start: stampOf(stream.startMs),
    events: stream.eventsPerSlice,
    translation,
    faults: rates.sort().join(",") || "none",
    slices: rates.length > 0 && slices !== null ? slices : "any",
  };
}

function resumedSlice({ stream, resumeAfterMs, slices }: SimulatorOptions): number {
  if (resumeAfterMs === null) return 0;
  const slice = (resumeAfterMs - stream.startMs) / SLICE_MS;
  if (Number.isInteger(slice) && slice >= 0 && slice < (slices ?? Number.POSITIVE_INFINITY)) {
    return slice;
  }
  const last = slices === null ? "on" : `to ${stampOf(stream.startMs + (slices - 1) * SLICE_MS)}`;
  throw new ConfigError(
    `there is no slice ${stampOf(resumeAfterMs)} to resume after: ` +
      `the run has one every 15 minutes from ${stampOf(stream.startMs)} ${last}`,
  );
}
