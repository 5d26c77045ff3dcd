import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import net from "node:net";
import { afterEach, describe, test } from "node:test";
import {
  type InspectorOptions,
  InspectorServer,
} from "../../../src/inspector/http/inspector-server.ts";
import { parseListenAddress } from "../../../src/inspector/http/listen-address.ts";
import type { Inspected } from "../../../src/inspector/inspected.ts";
import { ConfigError } from "../../../src/record/errors.ts";

const NOBODY: Inspected = {
  application: "app",
  replica: "one",
  version: "1.2.3",
  topology: null,
  readiness: { isReady: true, state: "RUNNING", reason: null },
  threads: async () => [],
  problems: async () => [],
  metrics: async () => [],
};

let nowMs = 0;
const clock = { nowMs: () => nowMs };
const opened: InspectorServer[] = [];

async function open(options: Partial<InspectorOptions> = {}): Promise<InspectorServer> {
  const address = { host: "127.0.0.1", port: 0, orNext: false };
  const server = await InspectorServer.open(NOBODY, { address, token: null, clock, ...options });
  opened.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

const get = (server: InspectorServer, path: string, options: RequestInit = {}) =>
  fetch(`${server.url}${path}`, options);

/** As no decent client would ask. */
async function raw(server: InspectorServer, request: string): Promise<string> {
  const { port } = new URL(server.url);
  const socket = net.connect(Number(port), "127.0.0.1").setEncoding("utf8");
  let answer = "";
  socket.on("data", (text: string) => {
    answer += text;
  });
  socket.write(request);
  await once(socket, "close");
  return answer;
}

describe("the inspector's server", () => {
  test("answers GET and HEAD, with headers that keep browsers from using it", async () => {
    const server = await open();
    const answer = await get(server, "/version");
    assert.equal(answer.status, 200);
    assert.deepEqual(await answer.json(), {
      application: "app",
      version: "1.2.3",
      topology: null,
    });
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.match(answer.headers.get("content-security-policy")!, /default-src 'none'/);
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const head = await get(server, "/version", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(await head.text(), "");
    assert.equal(head.headers.get("content-length"), answer.headers.get("content-length"));
  });

  test("refuses other methods, and bodies", async () => {
    const server = await open();
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const { status, headers } = await get(server, "/metrics", { method });
      assert.deepEqual([status, headers.get("allow")], [405, "GET, HEAD"], method);
    }
    const request =
      "GET /version HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    assert.match(await raw(server, request), /^HTTP\/1\.1 413 /);
  });

  test("refuses headers without end, and paths that are none", async () => {
    const server = await open();
    const long = `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(20_000)}\r\n\r\n`;
    assert.match(await raw(server, long), /^HTTP\/1\.1 431 /);
    for (const path of [
      "/page/",
      "/metrics/",
      "/topology.png",
      "/../etc/passwd",
      "/page/../page.html",
      "/%00",
    ]) {
      assert.equal((await get(server, path)).status, 404, path);
    }
  });

  test("asks for its token, but not who starts and stops containers", async () => {
    const server = await open({ token: "s3cret" });
    for (const [authorization, status] of [
      [undefined, 401],
      ["Bearer wrong", 401],
      ["Bearer s3cre", 401],
      ["s3cret", 401],
      ["Bearer s3cret", 200],
    ] as const) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      const answer = await get(server, "/metrics", { headers });
      assert.equal(answer.status, status, authorization);
      if (status === 401) assert.equal(answer.headers.get("www-authenticate"), "Bearer");
      assert.ok(!(await answer.text()).includes("s3cret"));
    }
    for (const path of ["/healthz", "/readyz"]) assert.equal((await get(server, path)).status, 200);
  });

  test("without a token is for this machine only, and not for pages that give it another name", async () => {
    const server = await open();
    for (const [host, status] of [
      ["localhost", 200],
      ["127.0.0.1:9", 200],
      ["[::1]", 200],
      ["evil.example", 421],
      ["localhost.evil.example", 421],
      ["127.0.0.1.evil.example", 421],
    ] as const) {
      const request = http.get(`${server.url}/version`, { headers: { host }, agent: false });
      const [response] = await once(request, "response");
      response.resume();
      assert.equal(response.statusCode, status, host);
    }
    const address = { host: "0.0.0.0", port: 0, orNext: false };
    await assert.rejects(open({ address }), (error: Error) => {
      return (
        error instanceof ConfigError && /0\.0\.0\.0 could be asked by anybody/.test(error.message)
      );
    });
    await assert.rejects(open({ address, token: "t" }), {
      name: "ConfigError",
      message: /0\.0\.0\.0 could be read on the way.* inspector\.tls\.cert.* inspector\.plaintext/,
    });
    assert.ok(await open({ address, token: "t", plaintext: true }));
  });

  test("has enough of whoever asks all the time, for a while", async () => {
    const server = await open();
    const statuses = async (count: number) => {
      const found: number[] = [];
      for (let i = 0; i < count; i++) found.push((await get(server, "/healthz")).status);
      return found;
    };
    const first = await statuses(101);
    assert.deepEqual([first.indexOf(429), first.at(-1)], [100, 429]);
    nowMs += 1000;
    assert.equal((await statuses(21)).indexOf(429), 20);
  });

  test("says that its port is taken, or takes the next one where it may", async () => {
    const first = await open();
    const port = Number(new URL(first.url).port);
    const address = { host: "127.0.0.1", port, orNext: false };
    await assert.rejects(open({ address }), {
      name: "ConfigError",
      message: `the inspector cannot listen at 127.0.0.1:${port}: another process listens there. Name another inspector.address, or off`,
    });
    const next = await open({ address: { ...address, orNext: true } });
    const nextPort = Number(new URL(next.url).port);
    assert.ok(nextPort > port && nextPort < port + 20, next.url);
  });
});

test("an address is a host and a port, and says whether the next ports will do", () => {
  const cases: readonly [string, ReturnType<typeof parseListenAddress>][] = [
    ["127.0.0.1:9470", { host: "127.0.0.1", port: 9470, orNext: false }],
    ["127.0.0.1:9470+", { host: "127.0.0.1", port: 9470, orNext: true }],
    ["[::1]:0", { host: "::1", port: 0, orNext: false }],
    ["node-1.example:80", { host: "node-1.example", port: 80, orNext: false }],
    ["9470", undefined],
    [":9470", undefined],
    ["localhost:65536", undefined],
    ["localhost:", undefined],
    ["http://localhost:80", undefined],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseListenAddress(text), expected, text);
});
