import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { request } from "node:http";
import { describe, test } from "node:test";
import { ENGLISH_FEEDS, sliceFileName, TRANSLATION_FEEDS } from "../../../src/gdelt/feeds.ts";
import { ConfigError } from "../../../src/record/errors.ts";
import { faultless, Served, sliceMsOf, unpacked } from "./served.ts";

const namesOf = (slice: number, feeds = ENGLISH_FEEDS) =>
  feeds.map((feed) => sliceFileName(feed, sliceMsOf(slice), { zipped: true }));

/** Status of a request which `fetch` would not send. */
const statusOf = (url: string, path: string, options: object = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(url);
    request({ port, host: "127.0.0.1", path, ...options }, (response) => {
      response.resume();
      resolve(response.statusCode!);
    })
      .on("error", reject)
      .end();
  });

describe("a served feed", () => {
  test("lists every file published, in GDELT's order, with its size and MD5", async () => {
    await using served = await Served.open();
    await served.feed.publishNext();
    await served.feed.publishNext();
    const all = await served.lines("masterfilelist.txt");
    assert.deepEqual(
      all.map(({ name }) => name),
      [0, 1, 2].flatMap((slice) => namesOf(slice)),
    );
    for (const { name, size, md5 } of all) {
      const { bytes, headers } = await served.get(name);
      assert.deepEqual([bytes.length, hash("md5", bytes)], [size, md5]);
      assert.equal(headers.get("content-length"), String(size));
      assert.equal(headers.get("content-type"), "application/zip");
      assert.deepEqual(await unpacked(name, bytes), faultless(name));
    }
  });

  test("names the three files of the newest slice as the last update", async () => {
    await using served = await Served.open();
    for (let slice = 0; slice < 3; slice++) {
      if (slice > 0) await served.feed.publishNext();
      const last = await served.lines("lastupdate.txt");
      assert.deepEqual(last, (await served.lines("masterfilelist.txt")).slice(-3));
      assert.deepEqual(
        last.map(({ name }) => name),
        namesOf(slice),
      );
    }
  });

  test("has nothing of a slice before it is published, whoever guesses its names", async () => {
    await using served = await Served.open();
    const [name] = namesOf(1);
    assert.equal((await served.get(name!)).status, 404);
    await served.feed.publishNext();
    assert.equal((await served.get(name!)).status, 200);
  });

  test("has the translation stream when it is asked for, in lists of its own", async () => {
    await using english = await Served.open();
    assert.equal((await english.get("lastupdate-translation.txt")).status, 404);
    assert.equal((await english.get(namesOf(0, TRANSLATION_FEEDS)[0]!)).status, 404);

    await using both = await Served.open({ translation: true });
    await both.feed.publishNext();
    const listed = async (list: string) => (await both.lines(list)).map(({ name }) => name);
    assert.deepEqual(await listed("lastupdate.txt"), namesOf(1));
    assert.deepEqual(await listed("lastupdate-translation.txt"), namesOf(1, TRANSLATION_FEEDS));
    assert.deepEqual(await listed("masterfilelist.txt"), [...namesOf(0), ...namesOf(1)]);
    for (const name of namesOf(1, TRANSLATION_FEEDS)) {
      const { bytes } = await both.get(name);
      assert.deepEqual(await unpacked(name, bytes), faultless(name));
    }
  });

  for (const name of [
    "",
    "index.html",
    "20260421110000.gkg.csv",
    "20260421110000.gkg.CSV.zip",
    "20260421110100.gkg.csv.zip",
    "20260421104500.gkg.csv.zip",
    "20260421110000.xyz.csv.zip",
    "20260231110000.gkg.csv.zip",
    "../gdeltv2/lastupdate.txt/",
    "masterfilelist.txt.bak",
  ]) {
    test(`knows no "${name}"`, async () => {
      await using served = await Served.open();
      assert.equal((await served.get(name)).status, 404);
    });
  }

  test("has nothing outside of its folder, and refuses to be written", async () => {
    await using served = await Served.open();
    const { url } = served.server;
    assert.equal(await statusOf(url, "/"), 404);
    assert.equal(await statusOf(url, "/lastupdate.txt"), 404);
    assert.equal(await statusOf(url, "//gdeltv2//lastupdate.txt"), 404);
    assert.equal(await statusOf(url, "/gdeltv2/lastupdate.txt?x=1"), 200);
    const put = await served.get("lastupdate.txt", { method: "PUT", body: "x" });
    assert.deepEqual([put.status, put.headers.get("allow")], [405, "GET, HEAD"]);
  });

  for (const name of ["lastupdate.txt", "masterfilelist.txt", namesOf(0)[2]!]) {
    test(`answers HEAD, conditions and ranges for ${name}`, async () => {
      await using served = await Served.open();
      const whole = await served.get(name);
      const head = await served.get(name, { method: "HEAD" });
      assert.equal(head.bytes.length, 0);
      for (const header of ["content-length", "etag", "last-modified", "content-type"]) {
        assert.ok(head.headers.get(header));
        assert.equal(head.headers.get(header), whole.headers.get(header));
      }
      const etag = whole.headers.get("etag")!;
      const since = whole.headers.get("last-modified")!;
      const status = async (headers: Record<string, string>) =>
        (await served.get(name, { headers })).status;
      assert.equal(await status({ "if-none-match": etag }), 304);
      assert.equal(await status({ "if-modified-since": since }), 304);
      assert.equal(await status({ range: "bytes=99999999-" }), 416);
      const part = await served.get(name, { headers: { range: "bytes=10-29" } });
      assert.equal(part.status, 206);
      assert.equal(part.headers.get("content-range"), `bytes 10-29/${whole.bytes.length}`);
      assert.deepEqual(part.bytes, whole.bytes.subarray(10, 30));
    });
  }

  test("tells by tag and time that a list has grown, and its end can be read alone", async () => {
    await using served = await Served.open();
    const before = await served.get("masterfilelist.txt");
    await served.feed.publishNext();
    const conditions = {
      "if-none-match": before.headers.get("etag")!,
      "if-modified-since": before.headers.get("last-modified")!,
    };
    assert.equal((await served.get("masterfilelist.txt", { headers: conditions })).status, 200);
    const onlyTime = { "if-modified-since": before.headers.get("last-modified")! };
    assert.equal((await served.get("lastupdate.txt", { headers: onlyTime })).status, 200);
    const rest = { range: `bytes=${before.bytes.length}-` };
    const { status, bytes } = await served.get("masterfilelist.txt", { headers: rest });
    assert.equal(status, 206);
    assert.equal(bytes.toString(), await served.text("lastupdate.txt"));
  });

  test("names files by the address that was asked, or by one that it is told", async () => {
    await using served = await Served.open();
    const here = served.server.url.replace("127.0.0.1", "localhost");
    const text = await (await fetch(`${here}lastupdate.txt`)).text();
    assert.ok(text.includes(` ${here}2026`), text);

    const baseUrl = "https://mirror.example/gdeltv2/";
    await using mirror = await Served.open({ baseUrl });
    const { bytes } = await mirror.get("lastupdate.txt");
    for (const line of bytes.toString().trim().split("\n")) assert.ok(line.includes(` ${baseUrl}`));
  });

  test("answers many at once for slices it does not keep, each with the right bytes", async () => {
    await using served = await Served.open({ newest: 9 });
    const names = [9, 2, 5, 2, 0, 7].flatMap((slice) => namesOf(slice));
    const replies = await Promise.all(names.map((name) => served.get(name)));
    for (const [i, { bytes }] of replies.entries()) {
      assert.deepEqual(await unpacked(names[i]!, bytes), faultless(names[i]!));
    }
  });

  test("cannot have a port that another has", async () => {
    await using served = await Served.open();
    const port = Number(new URL(served.server.url).port);
    await assert.rejects(Served.open({ port }), (error: unknown) => {
      assert(error instanceof ConfigError);
      assert.match(error.message, new RegExp(`cannot serve at 127.0.0.1 port ${port}: .*in use`));
      return true;
    });
  });
});
