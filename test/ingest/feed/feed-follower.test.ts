import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SLICE_MS, stampOf } from "../../../src/gdelt/feeds.ts";
import { FeedTrouble } from "../../../src/ingest/feed/slice-feed.ts";
import { Random } from "../../../src/ingest/slice-generator/random.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import { OPTIONS, publishedRows } from "../published.ts";
import {
  DAY_MS,
  type Followed,
  followHistory,
  HOUR_MS,
  type Life,
  LOOK_MS,
  MINUTE_MS,
  MISSING_AFTER_MS,
} from "./followed-history.ts";
import {
  type Fate,
  type FeedHistory,
  type Outage,
  usualVersion,
  type Version,
} from "./invented-feed.ts";

const START_MS = Date.UTC(2026, 2, 1, 10);
const ENGLISH = OPTIONS.feeds;
const TRANSLATION = ENGLISH.map((feed) => `${feed}.translation`);
/** Minutes after its stamp in which a slice is published here. */
const USUAL = 2;

const at = (slice: number, minutes = 0) => START_MS + slice * SLICE_MS + minutes * MINUTE_MS;

/** A version of a file, in the lists so many minutes after its slice. */
const version = (
  feed: string,
  slice: number,
  of: { number?: number; listed?: number; there?: number; right?: number; isBroken?: boolean } = {},
): Version => {
  const { number = 1, listed = USUAL, there = listed, right = listed, isBroken = false } = of;
  const times = { thereMs: at(slice, there), rightMs: at(slice, right), isBroken };
  return { ...usualVersion(feed, at(slice), at(slice, listed), number), ...times };
};

interface Story {
  readonly slices: number;
  readonly feeds?: readonly string[];
  /** Files that are not as usual, by slice and feed; null: no file. */
  readonly files?: Readonly<Record<string, readonly Version[] | null>>;
  /** Slices which the feed does not have at all. */
  readonly holes?: readonly number[];
  readonly outages?: readonly Outage[];
}

function historyOf({
  slices,
  feeds = ENGLISH,
  files = {},
  holes = [],
  outages = [],
}: Story): FeedHistory {
  const fates: Fate[] = [];
  for (let slice = 0; slice < slices; slice++) {
    for (const feed of feeds) {
      const unusual = holes.includes(slice) ? null : files[`${slice} ${feed}`];
      const versions = unusual === undefined ? [version(feed, slice)] : (unusual ?? []);
      fates.push({ feed, sliceMs: at(slice), versions });
    }
  }
  return { startMs: START_MS, slices, fates, outages, resets: 0, settledMs: 0 };
}

const until = (untilMs: number, crashAtCall = Number.POSITIVE_INFINITY): Life => ({
  untilMs,
  crash: { call: crashAtCall, carriedOut: false },
});

const follow = (
  story: Story,
  lives: readonly Life[],
  options: Partial<Parameters<typeof followHistory>[3]> = {},
) => {
  const { feeds = story.feeds ?? ENGLISH, retentionMs = 8 * DAY_MS, ...range } = options;
  return followHistory(historyOf(story), lives, new Random(1), { feeds, retentionMs, ...range });
};

/** What was published: by slice and attempt, the outcomes of the feeds that are not as usual. */
function told({ entries }: Followed): string[] {
  const attempts = new Map<string, string[]>();
  for (const { entry } of entries) {
    const number = (Date.UTC(2026, 2, 1) - START_MS) / SLICE_MS;
    const [, day, hour, minute] = /^202603(..)(..)(..)00$/.exec(entry.slice) ?? [];
    const quarters = (Number(day) - 1) * 96 + Number(hour) * 4 + Number(minute) / 15;
    const name = `${quarters + number}@${entry.attempt}`;
    const outcomes = attempts.get(name) ?? [];
    attempts.set(name, outcomes);
    // Invented files have two rows, and those of GKG are collapsed by that.
    const isUsual = ["ok", "collapsed", "unchanged"].includes(`${entry.outcome}`);
    if (entry.attempt > 1 ? entry.outcome !== "unchanged" : !isUsual) {
      outcomes.push(`${entry.feed} ${entry.outcome}`);
    }
  }
  return [...attempts].map(([name, outcomes]) => [name, ...outcomes].join(" "));
}

const closedAt = ({ entries }: Followed, slice: number, attempt = 1): number =>
  entries.findLast(({ entry }) => entry.slice === stampOf(at(slice)) && entry.attempt === attempt)!
    .atMs;

/** After that time, and soon after. */
function assertSoonAfter(found: number, expected: number): void {
  const lateMs = found - expected;
  assert(lateMs >= 0 && lateMs < 3 * MINUTE_MS, `${lateMs / MINUTE_MS} minutes late`);
}

describe("FeedFollower", () => {
  test("begins with the newest slice, and publishes each one as it comes", async () => {
    const followed = await follow({ slices: 5 }, [until(at(1, 3)), until(at(5))]);
    // The first life began before anything was there.
    assert.deepEqual(told(followed), ["0@1", "1@1", "2@1", "3@1", "4@1"]);
    for (const slice of [1, 2, 3, 4]) assertSoonAfter(closedAt(followed, slice), at(slice, USUAL));
    const late = await follow({ slices: 5 }, [until(at(0, 1), 0), until(at(5))], { fromMs: at(2) });
    assert.deepEqual(told(late), ["2@1", "3@1", "4@1"]);
  });

  test("fills what was published while nobody followed", async () => {
    const away = [until(at(0, 10)), { ...until(at(5, 5), 0) }, until(at(9))];
    const followed = await follow({ slices: 9 }, away);
    assert.deepEqual(
      told(followed),
      [0, 1, 2, 3, 4, 5, 6, 7, 8].map((slice) => `${slice}@1`),
    );
    for (const slice of [1, 2, 3, 4]) assertSoonAfter(closedAt(followed, slice), at(5, 5));
    const looks = followed.feeds.at(-1)!.looks;
    assert(looks.length <= 6, `${looks.length} looks in an hour`);
  });

  test("goes on where a slice was interrupted", async () => {
    for (let call = 8; call < 60; call += 3) {
      const lives = [until(at(3), call), until(at(4))];
      const followed = await follow({ slices: 4 }, lives, { fromMs: at(0) });
      assert.deepEqual(told(followed), ["0@1", "1@1", "2@1", "3@1"], `dead at call ${call}`);
      assert.equal((await publishedRows(followed.log, "gdelt.gkg")).length, 8);
    }
  });

  test("waits for a file that is late, and for one that is listed before it is there", async () => {
    const files = {
      "1 gkg": [version("gkg", 1, { listed: 20 })],
      "2 events": [version("events", 2, { there: 25 })],
    };
    const followed = await follow({ slices: 6, files }, [until(at(6))]);
    assert.deepEqual(told(followed), ["0@1", "1@1", "2@1", "3@1", "4@1", "5@1"]);
    // When a list of all files names it: one is read at once, then every quarter of an hour.
    const lateMs = closedAt(followed, 1) - at(1, 20);
    assert(lateMs >= 0 && lateMs <= LOOK_MS + 2 * MINUTE_MS, `${lateMs}`);
    assert(closedAt(followed, 2) >= at(2, 25));
  });

  test("declares a file missing half an hour after something newer, and takes it later", async () => {
    const files = {
      "1 gkg": [version("gkg", 1, { listed: 200 })],
      "2 mentions": [version("mentions", 2, { there: 190 })],
      "3 events": null,
    };
    const followed = await follow({ slices: 6, files }, [until(at(40))]);
    assert.deepEqual(told(followed), [
      "0@1",
      "1@1 gkg never_published",
      "2@1 mentions listed_404",
      "3@1 events never_published",
      "4@1",
      "5@1",
      "2@2 mentions ok",
      "1@2 gkg collapsed",
    ]);
    assertSoonAfter(closedAt(followed, 1), at(2, USUAL) + MISSING_AFTER_MS);
    assertSoonAfter(closedAt(followed, 2), at(3, USUAL) + MISSING_AFTER_MS);
    const lateMs = closedAt(followed, 1, 2) - at(1, 200);
    assert(lateMs >= 0 && lateMs <= LOOK_MS + MINUTE_MS, `${lateMs}`);
  });

  test("declares a whole slice missing, and one that comes weeks later not at all", async () => {
    const followed = await follow({ slices: 7, holes: [2, 3] }, [until(at(9))]);
    const all = "events never_published mentions never_published gkg never_published";
    assert.deepEqual(told(followed), [
      "0@1",
      "1@1",
      `2@1 ${all}`,
      `3@1 ${all}`,
      "4@1",
      "5@1",
      "6@1",
    ]);
    assertSoonAfter(closedAt(followed, 3), at(4, USUAL) + MISSING_AFTER_MS);
  });

  test("passes over a hole that is longer than anything is joined", async () => {
    const holes = Array.from({ length: 14 }, (_, i) => 2 + i);
    const followed = await follow({ slices: 18, holes }, [until(at(22))], {
      retentionMs: 3 * HOUR_MS,
    });
    assert.deepEqual(told(followed), ["0@1", "1@1", "16@1", "17@1"]);
    const skips = followed.events.filter(({ event }) => event.kind === "skipped");
    assert.deepEqual(
      skips.map(({ event }) => event),
      [{ kind: "skipped", from: stampOf(at(2)), to: stampOf(at(16)) }],
    );
    const short = await follow({ slices: 18, holes }, [until(at(22))], {
      retentionMs: 4 * HOUR_MS,
    });
    assert.equal(told(short).length, 18);
  });

  test("rejects a file that is not what its list says, and takes it when it is", async () => {
    const files = { "1 gkg": [version("gkg", 1, { right: 100 })] };
    const followed = await follow({ slices: 4, files }, [until(at(60))]);
    assert.deepEqual(told(followed), [
      "0@1",
      "1@1 gkg md5_mismatch",
      "2@1",
      "3@1",
      "1@2 gkg collapsed",
    ]);
    // Soon: the file is there, so there is nothing to wait for.
    assertSoonAfter(closedAt(followed, 1), at(1, USUAL));
    const before = followed.feeds[0]!.fetches.filter(
      ({ file, atMs }) => file.startsWith(`${stampOf(at(1))}.gkg`) && atMs <= closedAt(followed, 1),
    );
    assert.equal(before.length, 4);
  });

  test("rejects at once what is broken as listed, and takes the file that replaces it", async () => {
    const broken = version("events", 1, { isBroken: true });
    const files = { "1 events": [broken, version("events", 1, { number: 2, listed: 50 })] };
    const followed = await follow({ slices: 4, files }, [until(at(60))]);
    assert.deepEqual(told(followed), [
      "0@1",
      "1@1 events zip_crc_mismatch",
      "2@1",
      "3@1",
      "1@2 events ok",
    ]);
    const [first, second, ...more] = followed.feeds[0]!.fetches.filter(({ file }) =>
      file.startsWith(`${stampOf(at(1))}.export`),
    );
    assert(first && second && more.length === 0, "asked for once in each version");
  });

  test("publishes a file again that has changed", async () => {
    const changed = version("mentions", 1, { number: 2, listed: 70 });
    const files = { "1 mentions": [version("mentions", 1), changed] };
    const followed = await follow({ slices: 4, files }, [until(at(60))]);
    assert.deepEqual(told(followed), ["0@1", "1@1", "2@1", "3@1", "1@2 mentions ok"]);
  });

  test("empties no slice while the server is down", async () => {
    const outages = [{ fromMs: at(1, 1), toMs: at(6, 5) }];
    const followed = await follow({ slices: 8, outages }, [until(at(8))]);
    assert.deepEqual(
      told(followed),
      [0, 1, 2, 3, 4, 5, 6, 7].map((slice) => `${slice}@1`),
    );
    const polls = followed.feeds[0]!.polls.filter((ms) => ms > at(1, 1) && ms < at(6, 5));
    assert(polls.length < 16, `${polls.length} polls of a server that is down`);
  });

  test("waits for the translation feeds if it follows them, and not else", async () => {
    const feeds = [...ENGLISH, ...TRANSLATION];
    const files = Object.fromEntries(
      TRANSLATION.map((feed) => [`1 ${feed}`, [version(feed, 1, { listed: 12 })]]),
    );
    const all = await follow({ slices: 4, feeds, files }, [until(at(5))]);
    assert.deepEqual(told(all), ["0@1", "1@1", "2@1", "3@1"]);
    assertSoonAfter(closedAt(all, 1), at(1, 12));
    const english = await follow({ slices: 4, feeds, files }, [until(at(5))], { feeds: ENGLISH });
    assert.deepEqual(told(english), ["0@1", "1@1", "2@1", "3@1"]);
    assertSoonAfter(closedAt(english, 1), at(1, USUAL));
  });
});

describe("FeedFollower, for a range", () => {
  /** The range lies in the past. */
  const later = (slices: number) => until(at(slices, 30), 0);

  test("publishes it and ends", async () => {
    const followed = await follow({ slices: 40 }, [later(40), until(at(80))], {
      fromMs: at(5),
      toMs: at(20),
    });
    assert.deepEqual(
      told(followed),
      Array.from({ length: 16 }, (_, i) => `${5 + i}@1`),
    );
    assert(closedAt(followed, 20) < at(40, 40), "fetched as fast as it goes");
    assert(followed.feeds.at(-1)!.looks.length <= 2);
  });

  test("does not wait for what has been missing for long", async () => {
    const files = {
      "3 gkg": null,
      "4 events": [version("events", 4, { there: 1e6 })],
      "20 mentions": null,
    };
    const story = { slices: 40, files, holes: [6] };
    const followed = await follow(story, [later(40), until(at(80))], {
      fromMs: at(2),
      toMs: at(20),
    });
    const all = "events never_published mentions never_published gkg never_published";
    assert.deepEqual(
      told(followed).filter((text) => text.includes(" ")),
      [
        "3@1 gkg never_published",
        "4@1 events listed_404",
        `6@1 ${all}`,
        "20@1 mentions never_published",
      ],
    );
    assert(closedAt(followed, 20) < at(40, 45));
  });

  test("goes on where it stopped, and takes what has come since when it is run again", async () => {
    const files = { "3 gkg": [version("gkg", 3, { listed: 15 * 50 })] };
    const range = { fromMs: at(2), toMs: at(8) };
    const lives = [later(20), until(at(40), 30), until(at(41)), until(at(60), 0), until(at(80))];
    const followed = await follow({ slices: 20, files }, lives, range);
    assert.deepEqual(told(followed), [
      ...["2@1", "3@1 gkg never_published", "4@1", "5@1", "6@1", "7@1", "8@1"],
      "3@2 gkg collapsed",
    ]);
  });

  test("waits for slices that are still to come", async () => {
    const followed = await follow({ slices: 6 }, [until(at(40))], { fromMs: at(0), toMs: at(4) });
    assert.deepEqual(told(followed), ["0@1", "1@1", "2@1", "3@1", "4@1"]);
    assertSoonAfter(closedAt(followed, 4), at(4, USUAL));
  });

  test("may begin before what the log has, within the retention", async () => {
    const lives = [later(20), until(at(30))];
    const first = await follow({ slices: 20 }, lives, { fromMs: at(5), toMs: at(7) });
    assert.deepEqual(told(first), ["5@1", "6@1", "7@1"]);
    const { log } = first;
    const second = await follow({ slices: 20 }, lives, { fromMs: at(2), toMs: at(9), log });
    assert.deepEqual(told(second), ["2@1", "3@1", "4@1", "8@1", "9@1"]);
  });

  test("is refused when the log has gone on too far to join it", async () => {
    const retentionMs = 2 * HOUR_MS;
    const range = { fromMs: at(2), toMs: at(30), retentionMs };
    const lives = [later(40), until(at(50))];
    const { log } = await follow({ slices: 40 }, lives, { ...range, fromMs: at(20) });
    await assert.rejects(
      follow({ slices: 40 }, lives, { ...range, log }),
      (error) => error instanceof ConfigError && /20260301103000 is too old/.test(error.message),
    );
    // A range which has begun there may go on.
    const again = [later(40), until(at(43, 30), 200), until(at(50))];
    assert.equal(told(await follow({ slices: 40 }, again, range)).length, 29);
  });

  test("ends if it lies before the newest slice, which is where an empty log begins", async () => {
    const followed = await follow({ slices: 40 }, [later(40), until(at(80))], { toMs: at(20) });
    assert.deepEqual(told(followed), []);
    assert.equal(followed.feeds.at(-1)!.polls.length, 1);
    const nothing = await follow({ slices: 0 }, [until(at(80))], { toMs: at(2) });
    assert.deepEqual(told(nothing), []);
    assert(nothing.feeds[0]!.polls.at(-1)! < at(6), "given up when the range is over");
  });

  test("fails when the feed cannot be reached", async () => {
    const outages = [{ fromMs: at(0), toMs: at(1000) }];
    await assert.rejects(
      follow({ slices: 4, outages }, [until(at(900))], { fromMs: at(1), toMs: at(2) }),
      (error) => error instanceof FeedTrouble && /server is down/.test(error.message),
    );
  });
});
