import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseStamp, SLICE_MS } from "../../../../src/gdelt/feeds.ts";
import { Random } from "../../../../src/ingest/slice-generator/random.ts";
import { propertyRuns } from "../../property-runs.ts";
import { OPTIONS, publishedRows } from "../../published.ts";
import {
  DAY_MS,
  type Followed,
  followHistory,
  HOUR_MS,
  type Life,
  LOOK_MS,
  MINUTE_MS,
  MISSING_AFTER_MS,
  POLL_MS,
} from "../followed-history.ts";
import { type Fate, type FeedHistory, inventHistory } from "../invented-feed.ts";

const START_MS = Date.UTC(2026, 2, 1, 10);
const ENGLISH = OPTIONS.feeds;
const ALL = [...ENGLISH, ...ENGLISH.map((feed) => `${feed}.translation`)];

/** Some processes that die or are stopped, and one that lives until nothing can happen any more. */
function inventLives(random: Random, history: FeedHistory, deaths: number): Life[] {
  const hours = (history.settledMs - history.startMs) / HOUR_MS;
  const times = Array.from({ length: deaths }, () => random.next() * hours * HOUR_MS);
  const dying = times
    .sort((a, b) => a - b)
    .map((ms) => ({
      untilMs: history.startMs + ms,
      crash: { call: random.below(200), carriedOut: random.chance(0.5) },
    }));
  // A repair is tried again once a day at least.
  const endMs = history.settledMs + DAY_MS + 2 * HOUR_MS;
  return [
    ...dying,
    { untilMs: endMs, crash: { call: Number.POSITIVE_INFINITY, carriedOut: false } },
  ];
}

/** Every version that was published was published once, and the last usable one is among them. */
async function checkRows(history: FeedHistory, followed: Followed): Promise<void> {
  const rows = new Map<string, number>();
  for (const topic of ["gdelt.events", "gdelt.mentions", "gdelt.gkg"]) {
    for (const { text } of await publishedRows(followed.log, topic)) {
      rows.set(text, (rows.get(text) ?? 0) + 1);
    }
  }
  const firstMs = Math.min(...followed.entries.map(({ entry }) => parseStamp(entry.slice)!));
  const fates = history.fates.filter(({ sliceMs }) => sliceMs >= firstMs);
  const known = new Set<string>();
  for (const { feed, sliceMs, versions } of fates) {
    for (const [i, { content, thereMs, isBroken }] of versions.entries()) {
      const isLast = i === versions.length - 1;
      for (const row of content.trim().split("\n")) {
        known.add(row);
        const count = rows.get(row) ?? 0;
        assert(count <= 1, `${row} ${count} times`);
        if (isBroken) assert.equal(count, 0, row);
        else if (isLast && Number.isFinite(thereMs))
          assert.equal(count, 1, `${row} ${feed} ${sliceMs}`);
      }
    }
  }
  for (const row of rows.keys()) assert(known.has(row), `nobody has ever published ${row}`);
}

/** Each slice since the first is closed by each feed, first attempts in time order. */
function checkOrder(history: FeedHistory, followed: Followed, feeds: readonly string[]): void {
  const first = followed.entries.filter(({ entry }) => entry.attempt === 1);
  const slices = [...new Set(first.map(({ entry }) => parseStamp(entry.slice)!))];
  assert.deepEqual(
    slices,
    slices.toSorted((a, b) => a - b),
  );
  const expected = [];
  const endMs = history.startMs + history.slices * SLICE_MS;
  for (let ms = slices[0]!; ms < endMs; ms += SLICE_MS) expected.push(ms);
  assert.deepEqual(slices, expected);
  for (const sliceMs of expected) {
    const closed = first.filter(({ entry }) => parseStamp(entry.slice) === sliceMs);
    assert.deepEqual(closed.map(({ entry }) => entry.feed).sort(), [...feeds].sort());
  }
}

/** A file is not given up while the feed had it, nor before it was time. */
function checkPatience(history: FeedHistory, followed: Followed): void {
  const { entries } = followed;
  for (const { entry, atMs } of entries) {
    if (entry.attempt !== 1 || entry.status !== "missing") continue;
    // Where an attempt was interrupted, what it had said is missing (or rejected) stays so.
    const first = entries.find((other) => other.entry.slice === entry.slice)!;
    if (first.atMs < atMs && first.entry.missing.includes(entry.feed)) continue;
    const sliceMs = parseStamp(entry.slice)!;
    const newer = history.fates.filter(
      (fate) => fate.sliceMs > sliceMs && fate.versions.some(({ listedMs }) => listedMs <= atMs),
    );
    assert(newer.length > 0, `${entry.slice} was given up with nothing newer`);
    const newerMs = Math.min(...newer.map((fate) => fate.sliceMs));
    const sinceMs = atMs - MISSING_AFTER_MS;
    assert(newerMs <= sinceMs, `${entry.slice} ${entry.feed} was given up too early`);
    const fate = history.fates.find((of) => of.feed === entry.feed && of.sliceMs === sliceMs)!;
    assert(!wasThere(history, fate, sinceMs, atMs), `${entry.slice} ${entry.feed} was there`);
  }
}

/** Whether nothing stood in the way of the file during that time. */
function wasThere({ outages }: FeedHistory, fate: Fate, fromMs: number, toMs: number): boolean {
  const isUp = outages.every((outage) => outage.toMs < fromMs || outage.fromMs > toMs);
  const since = fate.versions.filter(({ listedMs }) => listedMs <= toMs);
  return (
    isUp &&
    since.length === 1 &&
    since.every(
      ({ listedMs, thereMs, rightMs }) => listedMs < fromMs && thereMs < fromMs && rightMs < fromMs,
    )
  );
}

/** No more questions than agreed. */
function checkPoliteness({ feeds }: Followed): void {
  for (const { polls, looks, fetches } of feeds) {
    for (const [i, atMs] of polls.entries()) {
      if (i > 0) assert(atMs - polls[i - 1]! >= POLL_MS, "two polls within a minute");
    }
    for (const [i, atMs] of looks.entries()) {
      if (i > 0) assert(atMs > looks[i - 1]!, "two looks at a time");
    }
    for (const atMs of looks) {
      const within = looks.filter((other) => other >= atMs && other < atMs + LOOK_MS);
      // The one that was due, a gap, its end, and some that the server refused.
      assert(within.length <= 8, `${within.length} looks within a quarter of an hour`);
    }
    const byFile = Map.groupBy(fetches, ({ file }) => file);
    for (const [file, times] of byFile) {
      // Some times in the first minutes, then ever more seldom, up to once in five minutes.
      const spanMs = times.at(-1)!.atMs - times[0]!.atMs;
      const timesMax = 10 + spanMs / (2.5 * MINUTE_MS);
      assert(times.length <= timesMax, `${file} was asked for ${times.length} times`);
    }
  }
}

async function checkSeed(seed: number): Promise<Followed> {
  const random = new Random(seed, 1);
  const feeds = random.chance(0.3) ? ALL : ENGLISH;
  const slices = random.between(4, 30);
  const history = inventHistory(random, { startMs: START_MS, slices, feeds });
  const lives = inventLives(random, history, random.below(4));
  const followed = await followHistory(history, lives, random, { feeds, retentionMs: 8 * DAY_MS });
  if (followed.entries.length === 0) return followed;
  await checkRows(history, followed);
  checkOrder(history, followed, feeds);
  checkPatience(history, followed);
  checkPoliteness(followed);
  return followed;
}

describe("FeedFollower, by a model of its feed", () => {
  test("publishes what there is, once and in order, whatever fails and whoever dies", async (t) => {
    const outcomes = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: 1e9 }), async (seed) => {
        for (const { entry } of (await checkSeed(seed)).entries) {
          const outcome = `${entry.outcome}`;
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      }),
      propertyRuns(60),
    );
    t.diagnostic(JSON.stringify(Object.fromEntries(outcomes)));
    for (const outcome of ["never_published", "listed_404", "zip_crc_mismatch", "md5_mismatch"]) {
      assert(outcomes.has(outcome), `no file has ever been ${outcome}`);
    }
  });
});
