import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { EventStreams } from "../../../src/inspector/http/event-streams.ts";
import {
  EventStreamParser,
  type StreamEvent,
} from "../../../src/inspector/page/event-stream-parser.ts";
import { SentenceRing, type ToldSentence } from "../../../src/inspector/sentence-ring.ts";

const told = (id: string, of: Partial<ToldSentence> = {}): ToldSentence => ({
  ...{ id, slice: 0, sentence: `sentence ${id}`, url: null, tone: null, goldstein: null },
  ...{ quad: null, country: null, lat: null, lon: null },
  ...of,
});

const closing: (() => void)[] = [];
after(() => {
  for (const close of closing) close();
});

async function serve(state: () => Promise<string>) {
  const ring = new SentenceRing();
  const streams = new EventStreams(state, ring);
  const server = http.createServer((_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    streams.take(response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  closing.push(() => {
    streams.close();
    server.closeAllConnections();
    server.close();
  });
  const listen = async () => {
    const request = http.get({ port, host: "127.0.0.1", agent: false });
    const [response] = (await once(request, "response")) as [http.IncomingMessage];
    return { request, response };
  };
  return { ring, streams, listen };
}

/** The next events, so many of them. */
async function events(response: http.IncomingMessage, count: number): Promise<StreamEvent[]> {
  const parser = new EventStreamParser();
  const found: StreamEvent[] = [];
  response.setEncoding("utf8");
  for await (const text of response.iterator({ destroyOnReturn: false })) {
    found.push(...parser.take(text as string));
    if (found.length >= count) break;
  }
  return found;
}

describe("the stream of events", () => {
  test("tells who comes the newest sentences and the state, and then what happens", async () => {
    const { ring, listen } = await serve(async () => '{"at":1}');
    ring.tell([told("1"), told("2")]);
    const { request, response } = await listen();
    const first = await events(response, 3);
    assert.deepEqual(
      first.map(({ name, data }) => `${name} ${JSON.parse(data).id ?? data}`),
      ["sentence 1", "sentence 2", 'state {"at":1}'],
    );
    ring.tell([told("3")]);
    const [next] = await events(response, 1);
    assert.equal(JSON.parse(next!.data).id, "3");
    request.destroy();
  });

  test("asks for the state only while somebody listens, and once for all of them", async () => {
    let asked = 0;
    const { ring, listen } = await serve(async () => `{"at":${++asked}}`);
    assert.deepEqual([asked, ring.isWatched], [0, false]);
    const one = await listen();
    await events(one.response, 1);
    const two = await listen();
    const [same] = await events(two.response, 1);
    assert.deepEqual([asked, same!.data], [1, '{"at":1}']);
    assert.equal(ring.isWatched, true);
    for (const { request } of [one, two]) request.destroy();
    while (ring.isWatched) await new Promise(setImmediate);
    assert.equal(asked, 1);
  });

  test("says so when the state cannot be had, and goes on", async () => {
    const { listen } = await serve(() => Promise.reject(new Error("no luck")));
    const { request, response } = await listen();
    assert.match((await events(response, 1))[0]!.data, /no luck/);
    request.destroy();
  });

  test("drops who does not read, and keeps who does", async () => {
    const { ring, listen } = await serve(async () => "{}");
    const slow = await listen();
    slow.response.pause();
    const quick = await listen();
    let read = 0;
    quick.response.on("data", (chunk: Buffer) => {
      read += chunk.length;
    });
    let isGone = false;
    slow.response.on("error", () => {});
    const gone = new Promise<void>((resolve) => {
      slow.response.once("close", () => {
        isGone = true;
        resolve();
      });
    });
    const long = "x".repeat(2000);
    let sent = 0;
    for (; !isGone && sent < 40_000; sent += 100) {
      ring.tell(Array.from({ length: 100 }, (_, i) => told(`${sent + i}`, { sentence: long })));
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (slow.response.socket?.destroyed === true || sent > 20_000) slow.response.resume();
    }
    await gone;
    const before = read;
    ring.tell([told("last")]);
    while (read === before) await new Promise((resolve) => setTimeout(resolve, 5));
    quick.request.destroy();
  });

  test("has places for sixteen", async () => {
    const { streams, listen } = await serve(async () => "{}");
    const all = [];
    for (let i = 0; i < 16; i++) {
      assert.equal(streams.isFull, false, `${i} listen`);
      all.push(await listen());
    }
    assert.equal(streams.isFull, true);
    all[0]!.request.destroy();
    while (streams.isFull) await new Promise(setImmediate);
    for (const { request } of all) request.destroy();
  });
});

test("the ring keeps the newest sentences, cut, and no half an address", () => {
  const ring = new SentenceRing();
  for (let i = 0; i < 1000; i++) ring.tell([told(String(i))]);
  assert.deepEqual([ring.newest.length, ring.newest[0]!.id], [400, "600"]);
  ring.tell([
    told("long", { sentence: "x".repeat(1 << 20), url: `https://a/${"x".repeat(3000)}` }),
  ]);
  const { sentence, url } = ring.newest.at(-1)!;
  assert.deepEqual([sentence.length, url], [2000, null]);
});
