import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, beforeEach, describe, test } from "node:test";
import { feedNamed, SLICE_MS, sliceFileName } from "../../../src/gdelt/feeds.ts";
import { HttpClient } from "../../../src/ingest/feed/http-client.ts";
import { HttpFeed } from "../../../src/ingest/feed/http-feed.ts";
import type { ListedFile } from "../../../src/ingest/feed/listed-file.ts";
import { FeedTrouble, type Fetched } from "../../../src/ingest/feed/slice-feed.ts";
import { fileListLine } from "../../../src/ingest/slice-generator/write-slices.ts";
import { zipOf } from "../../../src/ingest/slice-generator/zip-writer.ts";
import { FeedServer } from "./feed-server.ts";

const START_MS = Date.UTC(2015, 1, 18, 23);
const ENGLISH = ["events", "mentions", "gkg"];
const ROWS = Buffer.from("1\tone\n2\ttwo\n".repeat(3000));

const server = await FeedServer.start();
after(() => server.close());
beforeEach(() => {
  server.asked.length = 0;
  server.knowsRanges = true;
  server.knowsConditions = true;
});

const never = new AbortController().signal;

function feedOf(options: { feeds?: string[]; idleMs?: number; wholeMs?: number } = {}): HttpFeed {
  const { feeds = ENGLISH, idleMs = 5000, wholeMs = 20_000 } = options;
  const http = new HttpClient({ fetch, userAgent: "gdelt-streams/test", idleMs, wholeMs });
  return new HttpFeed({ baseUrl: server.baseUrl, feeds, http });
}

const nameOf = (feed: string, slice = 0) =>
  sliceFileName(feedNamed(feed), START_MS + slice * SLICE_MS, { zipped: true });

/** The line of a file that nobody asks for. */
const lineOf = (feed: string, slice: number) =>
  fileListLine({
    feed: feedNamed(feed),
    name: nameOf(feed, slice),
    bytes: Buffer.from(`${slice}`),
  });

async function putFile(feed = "gkg", content = ROWS): Promise<ListedFile> {
  const name = nameOf(feed);
  const zip = await zipOf(name, content, START_MS);
  server.put(name, zip);
  return { feed, sliceMs: START_MS, name, bytes: zip.length, checksum: hash("md5", zip) };
}

const isTrouble =
  (message: RegExp, retryAfterMs: number | null = null) =>
  (error: unknown) => {
    assert(error instanceof FeedTrouble, String(error));
    assert.match(error.message, message);
    assert.equal(error.retryAfterMs, retryAfterMs);
    return true;
  };

describe("HttpFeed, the newest files", () => {
  const files = ENGLISH.map((feed) => lineOf(feed, 7)).join("");

  test("are asked for again only if they have changed, by a client with a name", async () => {
    server.put("lastupdate.txt", files);
    const feed = feedOf();
    const first = await feed.newest(never);
    assert.deepEqual(
      first.map(({ name }) => name),
      ENGLISH.map((each) => nameOf(each, 7)),
    );
    assert.deepEqual(await feed.newest(never), [], "nothing new");
    server.put("lastupdate.txt", ENGLISH.map((each) => lineOf(each, 8)).join(""));
    assert.equal((await feed.newest(never))[0]!.sliceMs, START_MS + 8 * SLICE_MS);
    server.knowsConditions = false;
    assert.deepEqual(await feed.newest(never), [], "nothing new either");
    assert.deepEqual(
      server.asked.map(({ status }) => status),
      [200, 304, 200, 200],
    );
    for (const { headers } of server.asked)
      assert.equal(headers["user-agent"], "gdelt-streams/test");
  });

  test("of the translation feeds are in a list of their own, asked for if followed", async () => {
    server.put("lastupdate.txt", files);
    server.put("lastupdate-translation.txt", lineOf("gkg.translation", 6));
    const both = await feedOf({ feeds: [...ENGLISH, "gkg.translation"] }).newest(never);
    assert.deepEqual(
      both.map(({ feed }) => feed),
      [...ENGLISH, "gkg.translation"],
    );
    assert.equal((await feedOf({ feeds: ["gkg"] }).newest(never)).length, 1);
    assert.equal(server.count("lastupdate-translation.txt"), 1);
  });

  test("that cannot be read are trouble, and say what came", async () => {
    const feed = feedOf();
    server.fail("lastupdate.txt", { kind: "status", status: 503, headers: { "retry-after": "7" } });
    await assert.rejects(feed.newest(never), isTrouble(/lastupdate\.txt: .*status 503/, 7000));
    const date = "Wed, 18 Feb 2015 23:00:00 GMT";
    const later = { "retry-after": "Wed, 18 Feb 2015 23:01:00 GMT", date };
    server.fail("lastupdate.txt", { kind: "status", status: 429, headers: later });
    await assert.rejects(feed.newest(never), isTrouble(/status 429/, 60_000));
    server.fail("lastupdate.txt", { kind: "body", body: Buffer.from("<html>sorry") });
    await assert.rejects(feed.newest(never), isTrouble(/no file of a slice.*<html>sorry/));
    server.fail("lastupdate.txt", { kind: "body", body: Buffer.alloc(100_000, "x") });
    await assert.rejects(feed.newest(never), isTrouble(/65536 bytes/));
    server.remove("lastupdate.txt");
    await assert.rejects(feed.newest(never), isTrouble(/status 404/));
  });

  test("from nobody at all are trouble, too", async () => {
    const gone = await FeedServer.start();
    const { baseUrl } = gone;
    await gone.close();
    const http = new HttpClient({ fetch, userAgent: "test", idleMs: 1000, wholeMs: 1000 });
    const feed = new HttpFeed({ baseUrl, feeds: ENGLISH, http });
    await assert.rejects(feed.newest(never), isTrouble(/ECONNREFUSED/));
  });
});

describe("HttpFeed, the lists of all files", () => {
  const SLICES = 2000;
  const lines = Array.from({ length: SLICES }, (_, slice) =>
    ENGLISH.map((feed) => lineOf(feed, slice)).join(""),
  );

  const look = (feed: HttpFeed, from: number, to: number) =>
    feed.list(
      {
        fromMs: START_MS + from * SLICE_MS,
        toMs: START_MS + to * SLICE_MS,
        newestMs: START_MS + (SLICES - 1) * SLICE_MS,
        wanted: ({ feed: name }) => name !== "mentions",
      },
      never,
    );

  for (const knowsRanges of [true, false]) {
    test(`are searched for a range ${knowsRanges ? "from their end" : "as a whole"}`, async () => {
      server.knowsRanges = knowsRanges;
      server.put("masterfilelist.txt", lines.join(""));
      const { files, nextMs, badLines } = await look(feedOf(), SLICES - 20, SLICES - 11);
      assert.deepEqual([files.length, badLines], [20, 0]);
      assert.equal(files[0]!.name, nameOf("events", SLICES - 20));
      assert.equal(nextMs, START_MS + (SLICES - 10) * SLICE_MS);
      assert.deepEqual(
        server.asked.map(({ status }) => status),
        [knowsRanges ? 206 : 200],
      );
      assert.equal((await look(feedOf(), 0, SLICES)).files.length, 2 * SLICES);
      assert.equal((await look(feedOf(), SLICES, SLICES + 9)).nextMs, null);
    });
  }

  test("are asked for more of, if the end begins too late", async () => {
    // Each slice has been published many times over: the end is longer than it should be.
    const many = lines.slice(-100).flatMap((each) => Array<string>(20).fill(each));
    server.put("masterfilelist.txt", [...lines.slice(0, -100), ...many].join(""));
    const { files } = await look(feedOf(), SLICES - 100, SLICES);
    assert.equal(files.length, 200);
    const ranges = server.asked.map(({ headers }) =>
      Number(headers.range?.slice("bytes=-".length)),
    );
    assert(ranges.length > 1, "asked once");
    for (const [i, bytes] of ranges.entries()) assert.equal(bytes, ranges[0]! * 4 ** i);
  });

  test("may be empty, damaged or twice as long; the last line of a file counts", async () => {
    const feed = feedOf();
    server.put("masterfilelist.txt", "");
    assert.deepEqual(await look(feed, 0, SLICES), { files: [], nextMs: null, badLines: 0 });
    const changed = lineOf("gkg", 3).replace(/[0-9a-f]{32}/, "f".repeat(32));
    server.put("masterfilelist.txt", `${lines.slice(0, 9).join("")}no line\n${changed}`);
    const { files, badLines } = await look(feed, 3, 3);
    assert.equal(badLines, 1);
    assert.equal(files.find(({ feed: name }) => name === "gkg")?.checksum, "f".repeat(32));
  });

  test("that are not there, or break off, are trouble", async () => {
    server.put("masterfilelist.txt", lines.join(""));
    server.fail("masterfilelist.txt", { kind: "cut", bytes: 70_000 });
    await assert.rejects(look(feedOf(), 0, SLICES), isTrouble(/masterfilelist\.txt: /));
    server.remove("masterfilelist.txt");
    await assert.rejects(look(feedOf(), 0, SLICES), isTrouble(/status 404/));
  });
});

describe("HttpFeed, a file", () => {
  const rejection = (fetched: Fetched) => {
    assert.equal(fetched.kind, "rejected");
    assert(fetched.kind === "rejected");
    return [fetched.error.reason, fetched.settled];
  };

  test("comes with its rows, size and MD5", async () => {
    const listed = await putFile();
    const { name, bytes: fileBytes, checksum } = listed;
    const file = { name, bytes: ROWS, checksum, fileBytes };
    assert.deepEqual(await feedOf().fetch(listed, never), { kind: "whole", file });
  });

  test("may be empty", async () => {
    const listed = await putFile("events", Buffer.alloc(0));
    const fetched = await feedOf().fetch(listed, never);
    assert(fetched.kind === "whole" && fetched.file.bytes.length === 0);
  });

  test("that is not there is told from one that cannot be had now", async () => {
    const listed = await putFile();
    server.fail(listed.name, { kind: "status", status: 404 }, { kind: "status", status: 410 });
    assert.deepEqual(await feedOf().fetch(listed, never), { kind: "not_there" });
    assert.deepEqual(await feedOf().fetch(listed, never), { kind: "not_there" });
    for (const status of [403, 500, 503]) {
      server.fail(listed.name, { kind: "status", status });
      await assert.rejects(
        feedOf().fetch(listed, never),
        isTrouble(new RegExp(`status ${status}`)),
      );
    }
    server.fail(listed.name, { kind: "cut", bytes: 100 });
    await assert.rejects(feedOf().fetch(listed, never), isTrouble(/gkg\.csv\.zip: /));
  });

  test("that is not what its list says is rejected, and may get better", async () => {
    const listed = await putFile();
    const zip = server.get(listed.name)!;
    const body = (bytes: Buffer) => server.fail(listed.name, { kind: "body", body: bytes });
    const fetch = async () => rejection(await feedOf().fetch(listed, never));
    body(Buffer.from("<html>no such file</html>"));
    assert.deepEqual(await fetch(), ["not_a_zip", false]);
    body(zip.subarray(0, zip.length - 1));
    assert.deepEqual(await fetch(), ["size_mismatch", false]);
    body(Buffer.concat([zip, Buffer.from("x")]));
    assert.deepEqual(await fetch(), ["size_mismatch", false]);
    const changed = Buffer.from(zip);
    changed[40]! ^= 1;
    body(changed);
    assert.deepEqual(await fetch(), ["md5_mismatch", false]);
    assert.equal((await feedOf().fetch(listed, never)).kind, "whole");
  });

  test("that is what its list says, and unusable, will not get better", async () => {
    const listed = await putFile();
    const put = (bytes: Buffer): ListedFile => {
      server.put(listed.name, bytes);
      return { ...listed, bytes: bytes.length, checksum: hash("md5", bytes) };
    };
    const zip = server.get(listed.name)!;
    const page = await zipOf("page", Buffer.from("<html>"), START_MS);
    for (const [bytes, reason] of [
      [zip.subarray(0, 5000 % zip.length), "zip_truncated"],
      [Buffer.from("<html>"), "not_a_zip"],
      [page, "not_a_feed"],
      [Buffer.alloc(0), "zip_truncated"],
    ] as const) {
      const fetched = await feedOf().fetch(put(bytes), never);
      assert.deepEqual(rejection(fetched), [reason, true]);
    }
  });

  test("that is too large is not received to its end, nor kept", async () => {
    const listed = { ...(await putFile()), bytes: 1000 };
    const endless = Buffer.alloc(30_000_000, 7);
    server.fail(listed.name, { kind: "body", body: endless });
    const fetched = await feedOf().fetch(listed, never);
    assert(fetched.kind === "rejected");
    assert.equal(fetched.error.reason, "not_a_zip");
    assert(fetched.error.file.fileBytes < endless.length / 10, "read far beyond its size");
    assert(fetched.error.file.bytes.length <= 65_536);
  });

  test("that stops coming, or comes too slowly, is given up", async () => {
    const listed = await putFile();
    for (const afterHeaders of [false, true]) {
      server.fail(listed.name, { kind: "hang", afterHeaders });
      await assert.rejects(feedOf({ idleMs: 60 }).fetch(listed, never), isTrouble(/nothing came/));
    }
    server.fail(listed.name, { kind: "slow", bytes: 1, everyMs: 10 });
    await assert.rejects(
      feedOf({ idleMs: 5000, wholeMs: 150 }).fetch(listed, never),
      isTrouble(/not all of it came/),
    );
  });

  test("that takes its time comes all the same", async () => {
    const listed = await putFile();
    server.fail(listed.name, { kind: "slow", bytes: 50, everyMs: 2 });
    assert.equal((await feedOf().fetch(listed, never)).kind, "whole");
  });

  test("is left alone when the follower is stopped", async () => {
    const listed = await putFile();
    server.fail(listed.name, { kind: "hang", afterHeaders: true });
    const stop = new AbortController();
    const fetching = feedOf().fetch(listed, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await assert.rejects(fetching, (error) => error === stop.signal.reason);
    await assert.rejects(
      feedOf().fetch(listed, stop.signal),
      (error) => error === stop.signal.reason,
    );
  });
});
