import assert from "node:assert/strict";
import { once } from "node:events";
import https from "node:https";
import { afterEach, describe, test } from "node:test";
import tls, { type TLSSocket } from "node:tls";
import {
  type InspectorOptions,
  InspectorServer,
} from "../../../src/inspector/http/inspector-server.ts";
import type { Inspected } from "../../../src/inspector/inspected.ts";
import type { GatheredState } from "../../../src/inspector/peers/gathering.ts";
import { certificate } from "./certificates.ts";

const named = (replica: string): Inspected => ({
  ...{ application: "app", replica, version: "1.2.3", topology: null },
  readiness: { isReady: true, state: "RUNNING", reason: null },
  threads: async () => [],
  problems: async () => [],
  metrics: async () => [],
});

const opened: InspectorServer[] = [];

async function open(options: Partial<InspectorOptions>, name = "one"): Promise<InspectorServer> {
  const server = await InspectorServer.open(named(name), {
    address: { host: "127.0.0.1", port: 0, orNext: false },
    token: "secret",
    clock: { nowMs: () => 0 },
    ...options,
  });
  opened.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

async function get(url: string, ca: string): Promise<unknown> {
  const headers = { authorization: "Bearer secret" };
  const [response] = await once(https.get(url, { ca, agent: false, headers }), "response");
  return JSON.parse((await response.toArray()).join(""));
}

/** Whose certificate is shown. */
async function shown(url: string): Promise<string> {
  const port = Number(new URL(url).port);
  const socket: TLSSocket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  await once(socket, "secureConnect");
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

describe("the inspector with TLS", () => {
  const [first, second] = [certificate("first"), certificate("second")];

  test("is asked over HTTPS, and may then be reached by others", async () => {
    const server = await open({
      tls: first,
      address: { host: "0.0.0.0", port: 0, orNext: false },
    });
    assert.match(server.url, /^https:\/\/0\.0\.0\.0:\d+$/);
    const url = server.url.replace("0.0.0.0", "127.0.0.1");
    assert.deepEqual(await get(`${url}/healthz`, first.cert), { status: "alive" });
    await assert.rejects(get(`${url}/healthz`, second.cert), /self-signed certificate/);
    await assert.rejects(fetch(url.replace("https", "http")));
  });

  test("shows a renewed certificate, and keeps the one it has when the new one is none", async () => {
    const server = await open({ tls: first });
    assert.equal(await shown(server.url), "inspector test first");
    server.renew(second);
    assert.equal(await shown(server.url), "inspector test second");
    for (const bad of [
      { cert: first.cert, key: second.key },
      { ...first, key: "" },
    ]) {
      assert.throws(() => server.renew(bad), {
        name: "ConfigError",
        message: /^inspector\.tls\.cert and inspector\.tls\.key cannot be used: /,
      });
    }
    assert.equal(await shown(server.url), "inspector test second");
    await assert.rejects(open({ tls: { cert: first.cert, key: second.key } }), {
      name: "ConfigError",
      message: /^inspector\.tls\.cert and inspector\.tls\.key cannot be used: /,
    });
  });

  test("asks its peers over HTTPS, whom somebody has to vouch for", async () => {
    const peer = await open({ tls: second }, "two");
    const { port } = new URL(peer.url);
    const urls = [`https://localhost:${port}`];
    for (const [ca, expected] of [
      [second.cert, /^RUNNING null$/],
      [first.cert, /^UNREACHABLE self-signed certificate/],
      [null, /^UNREACHABLE self-signed certificate/],
    ] as const) {
      const server = await open({ tls: first, peers: { urls, token: "secret", ca } });
      const state = (await get(`${server.url}/topology/state`, first.cert)) as GatheredState;
      const two = state.instances.find(({ replica }) => replica !== "one")!;
      assert.match(`${two.state} ${two.reason}`, expected);
    }
    const wrong = await open({ peers: { urls, token: "wrong", ca: second.cert } });
    const answer = await fetch(`${wrong.url}/topology/state`, {
      headers: { authorization: "Bearer secret" },
    });
    const { instances } = (await answer.json()) as GatheredState;
    assert.ok(instances.some(({ reason }) => reason === "it answers with status 401"));
  });
});
