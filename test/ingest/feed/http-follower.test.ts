import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { setTimeout as sleepFor } from "node:timers/promises";
import type { FeedEvent } from "../../../src/ingest/feed/feed-event.ts";
import { FeedFollower, type FollowerOptions } from "../../../src/ingest/feed/feed-follower.ts";
import { HttpClient } from "../../../src/ingest/feed/http-client.ts";
import { HttpFeed } from "../../../src/ingest/feed/http-feed.ts";
import type { GeneratedSlice } from "../../../src/ingest/slice-generator/generate-slices.ts";
import { SlicePublisher } from "../../../src/ingest/slice-publisher.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import type { Log } from "../../../src/runtime/ports.ts";
import { entries, newLog, OPTIONS, publishedRows } from "../published.ts";
import { FeedServer } from "./feed-server.ts";
import { Publication, START_MS, smallSlices } from "./served-slices.ts";

/** Against a real server, in real time: so nothing here depends on what comes first. */
const ENGLISH = OPTIONS.feeds;
const ALL = [...ENGLISH, ...ENGLISH.map((feed) => `${feed}.translation`)];
const stream = smallSlices();

let server: FeedServer;
let publication: Publication;
let log: Log;
beforeEach(async () => {
  server = await FeedServer.start();
  publication = new Publication(server);
  log = await newLog();
});
afterEach(() => server.close());

function followerOf(
  options: { feeds?: readonly string[]; fromMs?: number; toMs?: number; log?: Log } = {},
  onEvent: (event: FeedEvent) => void = () => {},
): FeedFollower {
  const { feeds = ENGLISH, fromMs = null, toMs = null } = options;
  const publishing = { ...OPTIONS, feeds, retentionMs: 8 * 24 * 3_600_000 };
  const http = new HttpClient({ fetch, userAgent: "test", idleMs: 500, wholeMs: 10_000 });
  return new FeedFollower({
    feed: new HttpFeed({ baseUrl: server.baseUrl, feeds, http }),
    openPublisher: () => SlicePublisher.open(options.log ?? log, publishing),
    rules: {
      feeds,
      toMs,
      retentionMs: publishing.retentionMs,
      missingAfterMs: 60_000,
      lookEveryMs: 40,
      rejectionsMax: 3,
    },
    fromMs,
    pollMs: 10,
    parallel: 4,
    aheadBytesMax: 10_000_000,
    retry: { firstMs: 5, longestMs: 20 },
    clock: { nowMs: () => Date.now() },
    random: Math.random,
    sleep: (ms, signal) => sleepFor(ms, undefined, { signal }).catch(() => {}),
    onEvent,
  } satisfies FollowerOptions);
}

/** Follows the range of these slices to its end. */
async function followRange(
  slices: readonly GeneratedSlice[],
  onEvent?: (event: FeedEvent) => void,
) {
  const range = { fromMs: slices[0]!.sliceMs, toMs: slices.at(-1)!.sliceMs };
  await followerOf(range, onEvent).run(new AbortController().signal);
}

/** The rows in the log are those of the slices, each once, by file and number. */
async function checkRows(slices: readonly GeneratedSlice[], feeds = ENGLISH): Promise<void> {
  for (const kind of ENGLISH) {
    const published = await publishedRows(log, `gdelt.${kind}`);
    const found = published.map(
      ({ feed, slice, ordinal, text }) => `${feed} ${slice} ${ordinal} ${text}`,
    );
    const expected = slices.flatMap(({ feeds: files, stamp }) =>
      [...files]
        .filter(([feed]) => feeds.includes(feed) && feed.startsWith(kind))
        .flatMap(([feed, bytes]) =>
          bytes
            .toString()
            .split("\n")
            .slice(0, -1)
            .map((text, ordinal) => `${feed} ${stamp} ${ordinal} ${text}`),
        ),
    );
    assert(expected.length > 0);
    assert.deepEqual(found.sort(), expected.sort());
  }
}

const publishAll = async (slices: readonly GeneratedSlice[]) => {
  for (const slice of slices) await publication.publish(slice);
};

describe("FeedFollower, with a server", () => {
  test("publishes a range as it is on the server", async () => {
    const slices = [...stream.slices(12)];
    await publishAll(slices);
    await followRange(slices.slice(2, 9));
    await checkRows(slices.slice(2, 9));
  });

  test("follows what comes, with the translation feeds", async () => {
    const translation = smallSlices(true);
    const seen: string[] = [];
    const published = Promise.withResolvers<void>();
    const stop = new AbortController();
    const follower = followerOf({ feeds: ALL, fromMs: START_MS }, (event) => {
      if (event.kind === "published") seen.push(event.slice);
      if (seen.length === 4) published.resolve();
    });
    const running = follower.run(stop.signal);
    const slices: GeneratedSlice[] = [];
    for (let number = 0; number < 4; number++) {
      slices.push(stream.slice(number), translation.slice(number));
      await publication.publish(slices.at(-1)!);
      await sleepFor(15);
      await publication.publish(slices.at(-2)!);
      await sleepFor(15);
    }
    await published.promise;
    stop.abort();
    await running;
    await checkRows(slices, ALL);
    assert.deepEqual(seen, [...new Set(slices.map(({ stamp }) => stamp))]);
  });

  test("gets each file whole once, however the server fails", async () => {
    const slices = [...stream.slices(6)];
    const files = [];
    for (const slice of slices) files.push(...(await publication.publish(slice)));
    const body = Buffer.from("<html>no");
    for (const [i, { name, bytes }] of files.entries()) {
      server.fail(
        name,
        ...[
          { kind: "status", status: 404 } as const,
          { kind: "cut", bytes: Math.floor(bytes.length / 2) } as const,
          { kind: "body", body } as const,
          { kind: "body", body: bytes.subarray(0, -9) } as const,
          { kind: "status", status: 500 } as const,
          { kind: "slow", bytes: 200, everyMs: 1 } as const,
        ].slice(i % 4, (i % 4) + 2),
      );
    }
    server.fail(files[4]!.name, { kind: "hang", afterHeaders: true });
    server.fail("lastupdate.txt", { kind: "status", status: 500 }, { kind: "body", body });
    server.fail("masterfilelist.txt", { kind: "status", status: 500 }, { kind: "cut", bytes: 50 });
    const troubles = new Set<string>();
    await followRange(slices, (event) => {
      if (event.kind === "file_trouble") troubles.add(event.outcome);
    });
    await checkRows(slices);
    const all = ["listed_404", "not_a_zip", "size_mismatch", "unavailable"];
    assert.deepEqual([...troubles].sort(), all);
  });

  test("goes on from the log, not from the beginning", async () => {
    const slices = [...stream.slices(9)];
    await publishAll(slices.slice(0, 4));
    await followRange(slices.slice(0, 4));
    await publishAll(slices.slice(4));
    server.asked.length = 0;
    await followRange(slices);
    await checkRows(slices);
    const again = server.asked.filter(({ name }) =>
      slices.slice(0, 4).some(({ stamp }) => name.startsWith(stamp)),
    );
    assert.deepEqual(again, [], "what had been published was asked for again");
  });

  test("keeps what a rejected file began with, and re-opens its slice when it is mended", async () => {
    const slices = [...stream.slices(3)];
    await publishAll(slices.slice(0, 1));
    const [events] = await publication.publish(slices[1]!);
    await publishAll(slices.slice(2));
    const broken = Buffer.from("<html>".repeat(20_000));
    server.put(events!.name, broken);
    await followRange(slices);
    const rejected = (await entries(log)).find(({ status }) => status === "rejected");
    assert(rejected?.status === "rejected");
    const { file, outcome, bytes, feed } = rejected;
    assert.deepEqual([feed, file, outcome], ["events", events!.name, "not_a_zip"]);
    assert(bytes > 0, "its size is told");
    server.put(events!.name, events!.bytes);
    await followRange(slices);
    await checkRows(slices);
    const last = (await entries(log)).at(-3);
    assert(last?.status === "published" && last.attempt === 2 && last.outcome !== "not_a_zip");
  });

  test("stops at once while it waits, and while a file is on its way", async () => {
    const slices = [...stream.slices(2)];
    const [, , gkg] = await publication.publish(slices[0]!);
    server.fail(gkg!.name, { kind: "hang", afterHeaders: true });
    const stop = new AbortController();
    const running = followerOf().run(stop.signal);
    while (server.count(gkg!.name) === 0) await sleepFor(5);
    stop.abort();
    await running;
    assert.deepEqual(await entries(log), []);
    await followerOf().run(stop.signal);
    await followRange(slices.slice(0, 1));
    await checkRows(slices.slice(0, 1));
  });

  test("says that a stream which was ended takes nothing more", async () => {
    const slices = [...stream.slices(2)];
    await publishAll(slices);
    await followRange(slices.slice(0, 1));
    const publishing = { ...OPTIONS, retentionMs: 8 * 24 * 3_600_000 };
    await (await SlicePublisher.open(log, publishing)).endOfStream();
    await assert.rejects(followRange(slices), ConfigError);
  });
});
