import { hash } from "node:crypto";
import { feedNamed, SLICE_MS, sliceFileName } from "../../../src/gdelt/feeds.ts";
import type { ListedFile } from "../../../src/ingest/feed/listed-file.ts";
import {
  FeedTrouble,
  type Fetched,
  type Listing,
  type ListQuery,
  type SliceFeed,
} from "../../../src/ingest/feed/slice-feed.ts";
import type { Random } from "../../../src/ingest/slice-generator/random.ts";
import { FeedFileError } from "../../../src/sources/feed-file.ts";
import type { VirtualTime } from "./virtual-time.ts";

const MINUTE_MS = 60_000;
const WRONG_CHECKSUM = "0".repeat(32);

/** One content of a file, in the lists from a time on. */
export interface Version {
  readonly listedMs: number;
  /** The server has it from then on; before, it answers 404. */
  readonly thereMs: number;
  readonly content: string;
  readonly checksum: string;
  /** Until then the list says another MD5. */
  readonly rightMs: number;
  /** It is what the list says, and no row of it can be read. */
  readonly isBroken: boolean;
}

/** A feed's file of a slice: its versions in time order; none: it is never published. */
export interface Fate {
  readonly feed: string;
  readonly sliceMs: number;
  readonly versions: readonly Version[];
}

export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What happens on an invented server. */
export interface FeedHistory {
  readonly startMs: number;
  readonly slices: number;
  readonly fates: readonly Fate[];
  readonly outages: readonly Outage[];
  /** Share of the downloads that break off. */
  readonly resets: number;
  /** Nothing changes any more from then on. */
  readonly settledMs: number;
}

/** Some hours of slices, of which most are as they should be; the last one is, so none waits on. */
export function inventHistory(
  random: Random,
  spec: { readonly startMs: number; readonly slices: number; readonly feeds: readonly string[] },
): FeedHistory {
  const { startMs, slices, feeds } = spec;
  const fates: Fate[] = [];
  let settledMs = startMs + slices * SLICE_MS;
  for (let slice = 0; slice < slices; slice++) {
    const sliceMs = startMs + slice * SLICE_MS;
    const isHole = random.chance(0.08);
    const shownMs = sliceMs + random.below(12) * MINUTE_MS;
    for (const feed of feeds) {
      const isLast = slice === slices - 1;
      const invented = inventVersions(random, { feed, sliceMs, shownMs });
      const versions = isLast ? [usualVersion(feed, sliceMs, shownMs)] : isHole ? [] : invented;
      fates.push({ feed, sliceMs, versions });
      for (const { listedMs, thereMs, rightMs } of versions) {
        if (Number.isFinite(thereMs)) settledMs = Math.max(settledMs, listedMs, thereMs, rightMs);
      }
    }
  }
  const outages = Array.from({ length: random.below(3) }, () => {
    const fromMs = startMs + random.below(slices * 15) * MINUTE_MS;
    return { fromMs, toMs: fromMs + random.between(1, 90) * MINUTE_MS };
  });
  for (const { toMs } of outages) settledMs = Math.max(settledMs, toMs);
  return { startMs, slices, fates, outages, resets: 0.05, settledMs };
}

/** A file as it should be. */
export function usualVersion(feed: string, sliceMs: number, listedMs: number, number = 1): Version {
  const content = [sliceMs, sliceMs + 1].map((id) => `${id}\t${feed}\tv${number}\n`).join("");
  const checksum = hash("md5", content);
  return { listedMs, thereMs: listedMs, rightMs: listedMs, content, checksum, isBroken: false };
}

function inventVersions(
  random: Random,
  of: { readonly feed: string; readonly sliceMs: number; readonly shownMs: number },
): Version[] {
  const { feed, sliceMs, shownMs } = of;
  const late = () => random.between(1, 300) * MINUTE_MS;
  const version = (number: number, listedMs: number): Version => ({
    ...usualVersion(feed, sliceMs, listedMs, number),
    thereMs: listedMs + (random.chance(0.06) ? late() : 0),
    rightMs: listedMs + (random.chance(0.05) ? late() : 0),
    isBroken: random.chance(0.04),
  });
  if (random.chance(0.05)) return [];
  const first = version(1, shownMs + (random.chance(0.07) ? late() : 0));
  if (random.chance(0.04)) return [{ ...first, thereMs: Number.POSITIVE_INFINITY }];
  return random.chance(0.06) ? [first, version(2, first.listedMs + late())] : [first];
}

const newestAt = ({ versions }: Fate, nowMs: number): Version | null =>
  versions.findLast(({ listedMs }) => listedMs <= nowMs) ?? null;

/** A feed whose server does what a history says. */
export class InventedFeed implements SliceFeed {
  readonly #history: FeedHistory;
  readonly #time: VirtualTime;
  readonly #random: Random;
  /** When what was asked for. */
  readonly polls: number[] = [];
  readonly looks: number[] = [];
  readonly fetches: { readonly file: string; readonly atMs: number }[] = [];

  constructor(history: FeedHistory, time: VirtualTime, random: Random) {
    this.#history = history;
    this.#time = time;
    this.#random = random;
  }

  async newest(signal: AbortSignal): Promise<readonly ListedFile[]> {
    this.polls.push(this.#time.nowMs());
    await this.#answer(signal);
    const files = this.#listed();
    const newestMs = Math.max(...files.map(({ sliceMs }) => sliceMs));
    return files.filter(({ sliceMs }) => sliceMs === newestMs);
  }

  async firstMs(): Promise<number | null> {
    const files = this.#listed();
    return files.length === 0 ? null : Math.max(...files.map(({ sliceMs }) => sliceMs));
  }

  async list({ fromMs, toMs, wanted }: ListQuery, signal: AbortSignal): Promise<Listing> {
    this.looks.push(this.#time.nowMs());
    await this.#answer(signal);
    const listed = this.#listed();
    const after = listed.filter(({ sliceMs }) => sliceMs > toMs).map(({ sliceMs }) => sliceMs);
    return {
      files: listed.filter(
        (file) => file.sliceMs >= fromMs && file.sliceMs <= toMs && wanted(file),
      ),
      nextMs: after.length === 0 ? null : Math.min(...after),
      badLines: 0,
    };
  }

  async fetch(file: ListedFile, signal: AbortSignal): Promise<Fetched> {
    const { name, feed, sliceMs, checksum } = file;
    this.fetches.push({ file: `${name} ${checksum}`, atMs: this.#time.nowMs() });
    await this.#answer(signal);
    if (this.#random.chance(this.#history.resets)) throw new FeedTrouble(`${name}: reset`);
    const nowMs = this.#time.nowMs();
    const fate = this.#history.fates.find((of) => of.feed === feed && of.sliceMs === sliceMs)!;
    const version = fate.versions.findLast((of) => of.listedMs <= nowMs && of.thereMs <= nowMs);
    if (version === undefined) return { kind: "not_there" };
    const bytes = Buffer.from(version.content);
    const found = { name, bytes, fileBytes: bytes.length, checksum: version.checksum };
    const settled = found.checksum === checksum;
    if (!settled) {
      const error = new FeedFileError(found, "md5_mismatch", "not what the list says");
      return { kind: "rejected", error, settled };
    }
    if (!version.isBroken) return { kind: "whole", file: found };
    const error = new FeedFileError(found, "zip_crc_mismatch", "broken");
    return { kind: "rejected", error, settled };
  }

  #listed(): ListedFile[] {
    const nowMs = this.#time.nowMs();
    return this.#history.fates.flatMap((fate) => {
      const version = newestAt(fate, nowMs);
      if (version === null) return [];
      const { feed, sliceMs } = fate;
      const name = sliceFileName(feedNamed(feed), sliceMs, { zipped: true });
      const checksum = version.rightMs <= nowMs ? version.checksum : WRONG_CHECKSUM;
      return [{ feed, sliceMs, name, bytes: 1000, checksum }];
    });
  }

  /** Takes a while, or fails. */
  async #answer(signal: AbortSignal): Promise<void> {
    await this.#time.sleep(this.#random.below(5000), signal);
    signal.throwIfAborted();
    const nowMs = this.#time.nowMs();
    const isDown = this.#history.outages.some(
      ({ fromMs, toMs }) => nowMs >= fromMs && nowMs < toMs,
    );
    if (isDown) throw new FeedTrouble("the server is down");
  }
}
