import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, test } from "node:test";
import { type GatheredState, Gathering } from "../../../src/inspector/peers/gathering.ts";
import type { StateView } from "../../../src/inspector/state-view.ts";

const view = (replica: string): StateView => ({
  ...{ at: 1, replica, url: null, version: "1.2.3", hash: "abc" },
  ...{ state: "RUNNING", reason: null, problems: [], threads: [] },
});

const gathered = (replica: string, application = "app"): GatheredState => ({
  ...{ at: 1, application, topologies: [] },
  instances: [view(replica)],
});

let nowMs = 0;
const clock = { nowMs: () => nowMs };
const servers: Server[] = [];

/** Where somebody answers like that. */
async function answering(answer: RequestListener): Promise<string> {
  const server = http.createServer(answer).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const saying = (text: string, status = 200) =>
  answering((_request, response) => response.writeHead(status).end(text));

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const gathering = (urls: readonly string[], token: string | null = null) =>
  new Gathering({
    application: "app",
    peers: { urls, token, ca: null },
    clock,
    self: async () => view("self"),
  });

describe("what is gathered", () => {
  test("has each replica once, also when it has several addresses, and this one itself", async () => {
    const other = await saying(JSON.stringify(gathered("other")));
    const again = await saying(JSON.stringify(gathered("other")));
    const self = await saying(JSON.stringify(gathered("self")));
    const { instances } = await gathering([other, again, self]).state();
    assert.deepEqual(
      instances.map(({ replica, state }) => [replica, state]),
      [
        ["other", "RUNNING"],
        ["self", "RUNNING"],
      ],
    );
    assert.ok([other, again].includes(instances[0]!.url!), "it is where it was asked");
  });

  test("says of whoever does not answer why", async () => {
    const closed = await saying("");
    servers.at(-1)!.close();
    const cases: readonly [string, RegExp][] = [
      [closed, /ECONNREFUSED/],
      [await answering(() => {}), /^no answer within 1000 ms$/],
      [await answering((_, response) => response.write("[")), /^no answer within 1000 ms$/],
      [await saying("{}", 401), /^it answers with status 401$/],
      [await saying("<html>"), /^its answer is not JSON$/],
      [await saying("null"), /^it does not answer as an inspector does$/],
      [await saying(JSON.stringify(gathered("x", "app2"))), /^it runs another application, app2$/],
      [await answering(endless), /^its answer is longer than 8388608 bytes$/],
      ["http://nobody.invalid:1", /^the name is not known \(E/],
    ];
    const { instances, topologies } = await gathering(cases.map(([url]) => url)).state();
    assert.equal(instances.length, cases.length + 1);
    for (const [url, expected] of cases) {
      const found = instances.find((one) => one.url === url)!;
      assert.equal(found.state, "UNREACHABLE");
      assert.match(found.reason!, expected);
      assert.deepEqual([found.at, found.hash, found.threads], [null, null, []]);
    }
    assert.deepEqual(topologies, [{ hash: "abc", version: "1.2.3", replicas: ["self"] }]);
  });

  test("is asked for once, by any number who want to know within a second", async () => {
    let requests = 0;
    const url = await answering((request, response) => {
      requests++;
      assert.equal(request.url, "/topology/state?self");
      assert.equal(request.headers.authorization, "Bearer secret");
      response.end(JSON.stringify(gathered("other")));
    });
    const { state } = bound(gathering([url], "secret"));
    await Promise.all(Array.from({ length: 50 }, state));
    nowMs += 999;
    await state();
    assert.equal(requests, 1);
    nowMs += 1;
    await state();
    assert.equal(requests, 2);
  });

  test("remembers who was where", async () => {
    const url = await saying(JSON.stringify(gathered("other")));
    const { state } = bound(gathering([url]));
    await state();
    servers.at(-1)!.close().closeAllConnections();
    nowMs += 1000;
    const gone = (await state()).instances.find((one) => one.url === url)!;
    assert.deepEqual([gone.replica, gone.state], ["other", "UNREACHABLE"]);
  });

  test("asks so many at a time, and no more than there are replicas of any application", async () => {
    let atOnce = 0;
    let most = 0;
    let asked = 0;
    const listener: RequestListener = (_request, response) => {
      asked++;
      most = Math.max(most, ++atOnce);
      setTimeout(() => {
        atOnce--;
        response.end("null");
      }, 20);
    };
    const urls = await Promise.all(Array.from({ length: 70 }, () => answering(listener)));
    const { instances } = await gathering(urls).state();
    assert.equal(asked, 64);
    const isLeft = ({ reason }: StateView) => reason === "it is not asked: there are more than 64";
    assert.equal(instances.filter(isLeft).length, 6);
    assert.equal(instances.length, 71);
    assert.ok(most > 1 && most <= 16, `${most} at once`);
  });
});

/** Its methods, each to be called alone. */
const bound = (of: Gathering) => ({ state: () => of.state() });

const endless: RequestListener = (_request, response) => {
  const chunk = Buffer.alloc(1 << 20);
  const write = () => {
    while (!response.destroyed && response.write(chunk));
  };
  response.on("drain", write);
  write();
};
